// The assembler prints full paths whatever -trimpath says, and a build out of Go's cache prints those of the folder it was
// first made in, which may be another checkout.
const relative = (text) => text.replaceAll(/\/[^\s()]*\/(?=assembly\/)/g, "");

export default {
  name: "assembly",
  program: "assembly",
  chapters: ["2.2", "4.1"],
  about: "What the compiler makes of copying 1 KiB: its assembly, its report on inlining under -l=0 and -l, and the article's break point assembled and vetted.",
  async capture(kit) {
    for (const go of ["1.21", "1.23", "1.26"]) {
      const record = (role, args, about) => {
        const { status, stdout, stderr } = kit.go(go, args);
        const file = `go${go}.${role}.txt`;
        kit.write(file, relative(role === "assembly" ? stderr : `exit status ${status}\n${stdout}${stderr}`));
        kit.add(file, { role, go, command: `go ${args.join(" ").replace("-m -l", "'-m -l").replace(/(-m -l\S*)/, "$1'")} > ${file} 2>&1`, about });
      };
      record("assembly", ["build", "-a", "-trimpath", "-gcflags=-S", "./assembly"], "assembly of every function");
      record("inlining", ["build", "-trimpath", "-gcflags=-m", "./assembly"], "what the compiler inlines");
      record("inlining-l0", ["build", "-trimpath", "-gcflags=-m -l=0", "./assembly"], "what it inlines under -l=0");
      record("inlining-l", ["build", "-trimpath", "-gcflags=-m -l", "./assembly"], "what it inlines under -l");
      record("vet", ["vet", "./assembly/testdata/breakpoint"], "what go vet says of the break point snippet");
      record("break-point", ["build", "-trimpath", "-gcflags=-S", "-asmflags=-S", "./assembly/testdata/breakpoint"], "what the assembler makes of the snippet");
    }
  },
};
