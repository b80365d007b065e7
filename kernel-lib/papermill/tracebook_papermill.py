"""Parameters of papermill as TypeScript: loading this module registers the translator."""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators


_DECLARED = re.compile(
    r"^\s*(?:export\s+)?(?:const|let|var)\s+([\w$]+)\s*(?::\s*([^=;]+?))?\s*=\s*(.+?);?\s*(?://\s*(.*))?$"
)


class TypeScriptTranslator(Translator):
    """Writes each parameter as a `var`, which overrides what the cell tagged `parameters` declares."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_int(cls, val):
        return str(val) if abs(val) < 2**53 else f"{val}n"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_str(cls, val):
        return json.dumps(str(val))

    @classmethod
    def translate_dict(cls, val):
        pairs = (f"{cls.translate_str(key)}: {cls.translate(item)}" for key, item in val.items())
        return "{ " + ", ".join(pairs) + " }"

    @classmethod
    def translate_list(cls, val):
        return "[" + ", ".join(cls.translate(item) for item in val) + "]"

    translate_tuple = translate_list

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"var {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        """The parameters that a cell declares, a line each: `const name: type = value; // help`."""
        found = (_DECLARED.match(line) for line in parameters_cell["source"].splitlines())
        groups = (match.groups() for match in found if match)
        return [Parameter(name, kind or "None", value, said or "") for name, kind, value, said in groups]

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        lines = [cls.comment(comment)]
        lines += [cls.assign(name, cls.translate(value)) for name, value in parameters.items()]
        return "\n".join(lines) + "\n"


class TracebookEngine(NBClientEngine):
    """papermill's own engine, under a name of its own, so that papermill finds this module."""


papermill_translators.register("typescript", TypeScriptTranslator)
