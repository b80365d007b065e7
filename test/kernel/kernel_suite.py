"""Jupyter's own kernel suite, with a sample of ours for each thing it tries."""
import unittest

import jupyter_kernel_test as jkt


class TracebookKernelTests(jkt.KernelTests):
    kernel_name = "tracebook"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "await Promise.resolve([1, 2])", "result": "[ 1, 2 ]"},
    ]
    code_display_data = [
        {
            "code": "await display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>', 'text/plain': 'x' }) })",
            "mime": "text/html",
        }
    ]
    code_update_display_data = [
        {
            "code": "await display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': 'a' }) }, { id: 'd' });"
            "await display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': 'b' }) }, { id: 'd', update: true })",
            "mime": "text/html",
        }
    ]
    code_clear_output = "console.log('gone'); clearOutput(); 1"
    code_page_something = "zebra?"
    code_generate_error = "throw new RangeError('no')"
    completion_samples = [{"text": "zeb", "matches": {"zebra"}}, {"text": "consol", "matches": {"console"}}]
    complete_code_samples = ["1", "const a = 1;", "function f() { return 1 }", "`a\nb`", "await (async () => 1)()"]
    incomplete_code_samples = ["function f() {", "const a = [", "`abc", "if (true) {\n  1", "f(1,"]
    invalid_code_samples = ["const = 1", "1 +* 2", "}"]
    code_inspect_sample = "console.log"
    code_history_pattern = "1?+?2*"
    supported_history_operations = ("tail", "search", "range")

    def setUp(self):
        super().setUp()
        # A name for the completion sample.
        self.kc.execute_interactive("const zebra = 1", timeout=60, output_hook=lambda message: None)


if __name__ == "__main__":
    unittest.main()
