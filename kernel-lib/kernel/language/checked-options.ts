import { projectOptions } from "../session/project.js";
import ts from "../typescript.cjs";

/**
 * How a notebook's code is checked: as the `tsconfig.json` of its folder, or of one above, says; without one leniently,
 * or strictly if asked for. What cells are is fixed: modules that import each other, and files with their ending.
 */
export function checkedOptions(folder: string, strict: boolean): ts.CompilerOptions {
  const options = projectOptions(folder);
  return {
    strict,
    useUnknownInCatchVariables: false,
    target: ts.ScriptTarget.ESNext,
    jsx: ts.JsxEmit.React,
    types: ["*"],
    // Not the browser's, which are not there.
    lib: ["lib.esnext.d.ts"],
    ...options,
    ...fixed,
  };
}

const fixed: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  customConditions: ["node"],
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  allowJs: true,
  checkJs: false,
  resolveJsonModule: true,
  esModuleInterop: true,
  allowSyntheticDefaultImports: true,
  skipLibCheck: true,
  noEmit: true,
  composite: false,
  incremental: false,
  declaration: false,
  isolatedModules: false,
  isolatedDeclarations: false,
  erasableSyntaxOnly: false,
  verbatimModuleSyntax: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
  rootDir: undefined,
  configFilePath: undefined,
};
