import { Argument, Command, type Option } from "commander";
import { print } from "./output.js";

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `tracebook completion bash|zsh|fish`: a script by which the shell completes commands, options and their values. */
export function completionCommand(_fail: unknown, program: Command): Command {
  return new Command("completion")
    .description("print a script by which a shell completes commands, options and file names")
    .addArgument(new Argument("<shell>").choices(Object.keys(shells)))
    .addHelpText("after", '\nExample: eval "$(tracebook completion bash)"')
    .action(async (shell: keyof typeof shells) => print(shells[shell](wordsOf(program, []))));
}

/** What can stand behind a command: of the command line's own tree, so that it is never behind it. */
interface Words {
  /** The command's words: `["kernel", "install"]`; none for the program. */
  readonly path: readonly string[];
  readonly about: string;
  readonly subcommands: readonly string[];
  readonly options: readonly {
    flag: string;
    about: string;
    choices: readonly string[];
    takesValue: boolean;
  }[];
  /** Choices of the argument; file names where there are none. */
  readonly choices: readonly string[];
}

function wordsOf(command: Command, path: readonly string[]): Words[] {
  const own: Words = {
    path,
    about: command.description(),
    subcommands: command.commands.map((one) => one.name()),
    options: [
      ...command.options.map((option: Option) => ({
        flag: option.long ?? option.short ?? "",
        about: option.description,
        choices: option.argChoices ?? [],
        takesValue: option.required || option.optional,
      })),
      { flag: "--help", about: "show how", choices: [], takesValue: false },
    ],
    choices: command.registeredArguments.flatMap((one: Argument) => one.argChoices ?? []),
  };
  return [own, ...command.commands.flatMap((one) => wordsOf(one, [...path, one.name()]))];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bashScript(all: readonly Words[]): string {
  const cases = all.map(({ path, subcommands, options, choices }) => {
    const words = [...subcommands, ...choices, ...options.map(({ flag }) => flag)].join(" ");
    const values = options
      .filter((one) => one.choices.length > 0)
      .map((one) => {
        return `      ${one.flag}) COMPREPLY=($(compgen -W ${quoted(one.choices.join(" "))} -- "$cur")); return ;;\n`;
      });
    const before = values.length > 0 ? `    case "$prev" in\n${values.join("")}    esac\n` : "";
    return `  ${quoted(path.join(" "))})\n${before}    words=${quoted(words)} ;;\n`;
  });
  const paths = all.map(({ path }) => quoted(path.join(" "))).join("|");
  return `# bash completion of tracebook: eval "$(tracebook completion bash)"
_tracebook() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${paths}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
      *) break ;;
    esac
  done
  case "$path" in
${cases.join("")}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # File names where no word fits.
  [ \${#COMPREPLY[@]} -gt 0 ] || compopt -o default 2>/dev/null
}
complete -F _tracebook tracebook
`;
}

function zshScript(all: readonly Words[]): string {
  return `#compdef tracebook
# zsh completion of tracebook: eval "$(tracebook completion zsh)" after compinit
autoload -U +X bashcompinit && bashcompinit
${bashScript(all).split("\n").slice(1).join("\n")}`;
}

function fishScript(all: readonly Words[]): string {
  const lines = all.flatMap(({ path, subcommands, options, choices }) => {
    const here =
      path.length === 0
        ? "__fish_use_subcommand"
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const on = `complete -c tracebook -n ${quoted(here)}`;
    const aboutOf = (name: string) =>
      all.find((one) => one.path.join(" ") === [...path, name].join(" "))?.about ?? "";
    return [
      ...subcommands.map((name) => `${on} -f -a ${name} -d ${quoted(aboutOf(name))}`),
      ...choices.map((choice) => `${on} -f -a ${choice}`),
      ...options.map((one) => {
        const values =
          one.choices.length > 0 ? ` -x -a ${quoted(one.choices.join(" "))}` : one.takesValue ? " -r" : "";
        return `${on} -l ${one.flag.replace(/^--/, "")}${values} -d ${quoted(one.about)}`;
      }),
    ];
  });
  return `# fish completion of tracebook: tracebook completion fish | source\n${lines.join("\n")}\n`;
}
