#!/usr/bin/env python3
"""Measures the shape of src/: long functions, wide structs, and circles of files that import one another.

`scripts/shape.py` lists them; `scripts/shape.py --check` prints nothing and fails when there are more than LIMITS allows.
Lower the limits when the numbers fall. Tests inside src/ do not count, nor does a wide struct with its reason above it:
`// shape: mirrors the elements of DataCite 4.6`.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src"
FUNCTION_LINES = 60
STRUCT_FIELDS = 12
# How many there may be today.
LIMITS = {"functions": 0, "structs": 0, "circles": 0}

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'""",
    re.S,
)
NAME = r"[A-Za-z_][A-Za-z0-9_]*"


def blank(text):
    """Replaces comments and literals by spaces, so that offsets and lines stay."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def block_end(code, start):
    """Offset behind the brace that closes the first one after `start`; None where a semicolon comes first."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] == "{":
            depth += 1
        elif code[at] == "}":
            depth -= 1
            if depth == 0:
                return at + 1
        elif code[at] == ";" and depth == 0:
            return None
    return None


def without_tests(code):
    """Blanks `#[cfg(test)] mod … { … }`."""
    while match := re.search(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*mod\s+\w+\s*", code):
        end = block_end(code, match.end()) or match.end() + 1
        code = code[: match.start()] + re.sub(r"[^\n]", " ", code[match.start() : end]) + code[end:]
    return code


def line_of(code, at):
    return code.count("\n", 0, at) + 1


def long_functions(code):
    for match in re.finditer(rf"\bfn\s+({NAME})", code):
        end = block_end(code, signature_end(code, match.end()))
        if end is None:
            continue
        lines = code.count("\n", match.start(), end) + 1
        if lines > FUNCTION_LINES:
            yield line_of(code, match.start()), match.group(1), lines


def signature_end(code, start):
    """Offset behind the parentheses of a signature: a default or a where clause has no braces."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] in "([":
            depth += 1
        elif code[at] in ")]":
            depth -= 1
            if depth == 0:
                return at + 1
    return start


def has_reason(text, line):
    """Whether `// shape: REASON` stands among the comments and attributes above a struct."""
    lines = text.split("\n")[: line - 1]
    while lines and lines[-1].lstrip().startswith(("//", "#", ")]")):
        if re.match(r"// shape: .{10,}", lines.pop()):
            return True
    return False


def wide_structs(code, text):
    for match in re.finditer(rf"\bstruct\s+({NAME})[^;{{(]*{{", code):
        body = code[match.end() : block_end(code, match.start())]
        depth, fields = 0, 0
        for at, char in enumerate(body):
            depth += (char in "{([<") - (char in "})]" or (char == ">" and body[at - 1] != "-"))
            if char == ":" and depth == 0 and ":" not in (body[at - 1], body[at + 1 : at + 2]):
                fields += 1
        line = line_of(code, match.start())
        if fields > STRUCT_FIELDS and not has_reason(text, line):
            yield line, match.group(1), fields


def split_top(text):
    """Splits at commas outside braces."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return parts + [text[start:]]


def expand(path):
    """All (path, alias) pairs of a use declaration."""
    path = path.strip()
    if not path:
        return
    if "{" in path:
        head, inner = path[: path.index("{")], path[path.index("{") + 1 : path.rindex("}")]
        for part in split_top(inner):
            for tail, alias in expand(part):
                yield (head + tail if tail != "self" else head.rstrip(":"), alias if tail != "self" else head.rstrip(":").split("::")[-1])
        return
    name, _, alias = path.partition(" as ")
    name = name.strip()
    yield name, alias.strip() or name.split("::")[-1]


class Module:
    def __init__(self, path, file, code):
        self.path, self.file, self.code = path, file, code
        self.items = set(
            re.findall(
                rf"\b(?:fn|struct|enum|trait|type|const|static|union|macro_rules!)\s+(?:mut\s+)?({NAME})", code
            )
        )
        self.uses = []
        for match in re.finditer(r"(?P<pub>pub(?:\([^)]*\))?\s+)?\buse\s+(?P<path>[^;]+);", code):
            for name, alias in expand(re.sub(r"\s+", " ", match["path"])):
                self.uses.append((name.replace(" ", ""), alias, bool(match["pub"])))


class Tree:
    def __init__(self, files):
        self.modules = {}
        for file, code in files.items():
            parts = list(file.relative_to(SRC).with_suffix("").parts)
            if parts[-1] in ("mod", "lib", "main"):
                parts.pop()
            if file.name != "main.rs":
                self.modules[tuple(parts)] = Module(tuple(parts), file, code)

    def absolute(self, module, path):
        """The path from the crate's root, or None for another crate."""
        parts = path.split("::")
        if parts[0] == "crate":
            return parts[1:]
        at = list(module.path)
        if parts[0] == "self":
            return at + parts[1:]
        if parts[0] == "super":
            while parts and parts[0] == "super":
                at, parts = at[:-1], parts[1:]
            return at + parts
        if tuple(at + parts[:1]) in self.modules:
            return at + parts
        return None

    def definer(self, parts, seen=()):
        """The module that defines what a path from the root names."""
        key = tuple(parts)
        if key in self.modules:
            return key
        for length in range(len(parts), -1, -1):
            module = self.modules.get(tuple(parts[:length]))
            if module is None:
                continue
            rest = parts[length:]
            if not rest or rest[0] in module.items or (module.path, rest[0]) in seen:
                return module.path
            for path, alias, public in module.uses:
                target = self.absolute(module, path)
                if target is None:
                    continue
                following = seen + ((module.path, rest[0]),)
                if alias == rest[0]:
                    return self.definer(target + rest[1:], following)
                if alias == "*" and public:
                    inner = self.modules.get(tuple(target[:-1]))
                    if inner and (rest[0] in inner.items or any(name == rest[0] for _, name, _ in inner.uses)):
                        return self.definer(target[:-1] + rest, following)
            return module.path
        return None

    def imports(self):
        edges = defaultdict(set)
        for module in self.modules.values():
            if not module.path:
                continue
            paths = [path for path, alias, public in module.uses if not public and alias != "*"]
            body = re.sub(r"\buse\s+[^;]+;", "", module.code)
            paths += re.findall(rf"\b(?:crate|super|self)(?:::{NAME})+", body)
            below = [key[-1] for key in self.modules if key[:-1] == module.path]
            for name in below:
                # A module right below is known by its name alone.
                paths += [f"self::{name}{rest}" for rest in re.findall(rf"(?<![:\w.]){name}((?:::{NAME})+)", body)]
            for path, alias, _ in module.uses:
                target = self.absolute(module, path)
                if target is not None and tuple(target) in self.modules:
                    # An imported module: what counts is what is used of it.
                    paths = [known for known in paths if known != path]
                    names = re.findall(rf"(?<![:\w]){alias}((?:::{NAME})+)", body)
                    paths += ["crate::" + "::".join(target) + name for name in names]
            for path in paths:
                target = self.absolute(module, path)
                found = target and self.definer(target)
                if found and found != module.path:
                    edges[module.path].add(found)
        return edges


def circles(edges):
    """Strongly connected components of more than one file (Tarjan)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while True:
                other = stack.pop()
                on_stack.discard(other)
                component.append(other)
                if other == node:
                    break
            if len(component) > 1:
                found.append(sorted(component))

    sys.setrecursionlimit(10_000)
    for node in sorted(edges):
        if node not in index:
            visit(node)
    return sorted(found, key=len)


def test_files(codes):
    """Files that are compiled for tests alone: `#[cfg(test)] mod name;`."""
    for file, code in codes.items():
        for name in re.findall(rf"#\[cfg\(test\)\]\s*mod\s+({NAME});", code):
            folder = file.parent if file.stem in ("mod", "lib", "main") else file.with_suffix("")
            yield folder / f"{name}.rs"


def main():
    texts = {file: file.read_text() for file in sorted(SRC.rglob("*.rs"))}
    codes = {file: blank(text) for file, text in texts.items()}
    tests = set(test_files(codes))
    files = {file: without_tests(code) for file, code in codes.items() if file not in tests}
    functions, structs = [], []
    for file, code in files.items():
        place = file.relative_to(SRC.parent)
        functions += [f"{place}:{line} {name} ({lines} lines)" for line, name, lines in long_functions(code)]
        structs += [f"{place}:{line} {name} ({fields} fields)" for line, name, fields in wide_structs(code, texts[file])]
    edges = Tree(files).imports()
    rings = []
    for ring in circles(edges):
        inside = set(ring)
        arrows = (
            f"{'::'.join(one)} -> {', '.join('::'.join(other) for other in sorted(edges[one] & inside))}" for one in ring
        )
        rings.append("; ".join(arrows))
    found = {"functions": functions, "structs": structs, "circles": rings}
    titles = {
        "functions": f"functions of more than {FUNCTION_LINES} lines",
        "structs": f"structs of more than {STRUCT_FIELDS} fields",
        "circles": "circles of files",
    }
    failed = False
    for kind, entries in found.items():
        above = len(entries) > LIMITS[kind]
        failed |= above
        if above or "--check" not in sys.argv:
            print(f"{titles[kind]}: {len(entries)} (limit {LIMITS[kind]})")
            print("".join(f"  {entry}\n" for entry in entries), end="")
    return 1 if failed and "--check" in sys.argv else 0


sys.exit(main())
