"""What statements of a notebook read, bind and change, told from their code, and which of them an answer depends on."""

import ast
import builtins
import dis
import inspect
from collections import defaultdict
from dataclasses import dataclass, field
from types import CodeType

CHEAP = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.Match, *((ast.TryStar,) if hasattr(ast, "TryStar") else ()))
READS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
SETTINGS = ("set", "seed", "manual_seed")  # how calls begin that change how a library works: torch.set_default_dtype
ALL_NAMES = "*"  # what `from module import *` binds


@dataclass(eq=False)
class Statement:
    """A statement at the top level of a cell.

    place: (number of the cell, number in the cell); ours: as the course released it; reads, binds, changes: names when
    it is run, and what the functions that it defines read, bind or change when they are called (..._later); calls: the
    pairs (name, method) of what is called for its effect alone; certain: it binds its names whenever it is run
    """

    place: tuple
    node: ast.stmt
    code: CodeType
    ours: bool = False
    reads: set = field(default_factory=set)
    reads_later: set = field(default_factory=set)
    binds: set = field(default_factory=set)
    changes: set = field(default_factory=set)
    changes_later: set = field(default_factory=set)
    calls: set = field(default_factory=set)
    certain: bool = True

    def __post_init__(self):
        self._look_at_code(self.code, True, self.binds)
        self._look_at_changes(self.node, False)
        dotted = isinstance(self.node, ast.Import) and any("." in name.name for name in self.node.names)
        if isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*":
            self.binds.add(ALL_NAMES)
        self.certain = not (isinstance(self.node, COMPOUND) or dotted)

    @property
    def is_import(self):
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def is_cheap(self):
        """Whether it is run in no time: an import, a definition, a constant."""
        if isinstance(self.node, CHEAP):
            return True
        value = getattr(self.node, "value", None)
        return isinstance(self.node, (ast.Assign, ast.AnnAssign)) and not any(
            isinstance(part, ast.Call) for part in ast.walk(value or self.node)
        )

    def _look_at_code(self, code, now, bound):
        """Take down what the bytecode reads and binds; bound: the names that are its own, not the notebook's."""
        is_body = bound is not self.binds
        for instruction in dis.get_instructions(code):
            name, kind = instruction.argval, instruction.opname
            if kind in READS and not (is_body and name in bound):
                (self.reads if now else self.reads_later).add(name)
            elif kind == "STORE_NAME":
                bound.add(name)
            elif kind == "STORE_GLOBAL":
                (self.binds if now else self.changes_later).add(name)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                is_class = not constant.co_flags & inspect.CO_OPTIMIZED
                at_once = is_class or (constant.co_name.startswith("<") and constant.co_name != "<lambda>")
                self._look_at_code(constant, now and at_once, set())

    def _look_at_changes(self, node, later):
        """Take down whose attributes and items are set, and what is called for its effect."""
        changes = self.changes_later if later else self.changes
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            changes.add(_root(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function, arguments = node.value.func, node.value.args
            if isinstance(function, ast.Attribute) and later:
                changes.add(_root(function))
            elif isinstance(function, ast.Attribute):
                self.calls.add((_root(function), function.attr))
            elif isinstance(function, ast.Name) and function.id in ("setattr", "delattr") and arguments:
                changes.add(_root(arguments[0]))
        later = later or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for part in ast.iter_child_nodes(node):
            self._look_at_changes(part, later)


def _root(node):
    """The name with which an expression like a.b[c] begins, "" where it begins with none."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# --------------------------------------------------------------------------------------------- what an answer needs


@dataclass
class Slice:
    """The statements that an answer depends on: to be run before it, and after it, each in their order."""

    before: list = field(default_factory=list)
    after: list = field(default_factory=list)


def needed_by(answer, statements, task, end):
    """The `Slice` of `statements`, all of the notebook in its order, for those of the list `answer`, which bind `task`.

    end: the place in the notebook up to which things are as the check finds them. A name has the value that it was
    given last before it is read: by a statement when that is run, by the body of a function at `end`; in the student's
    code the student's, where a cell of theirs gives it one. Where it was given none until then, the kernel had run a
    later cell first: the last of the student's that binds it counts, or the first of the course's. Settings of
    libraries, and attributes put into modules, count wherever they are read.
    """
    search = _Search(answer, statements, end)
    for statement in answer:
        search.take(statement, end)
    search.need(task, end, None)
    for statement in statements:
        if not statement.ours and statement.place < end and search.sets_a_library(statement):
            search.take(statement, end)
    search.run()
    return search.slice()


class _Search:
    """Follows names from statements to those that give them their value, until there is nothing new."""

    def __init__(self, answer, statements, end):
        self.answer, self.statements, self.end = set(answer), statements, end
        self.start, self.stop = (answer[0].place, answer[-1].place) if answer else (end, end)
        self.modules = {name for statement in statements if statement.is_import for name in statement.binds}
        self.functions = defaultdict(list)
        for statement in statements:
            if isinstance(statement.node, CHEAP[2:]) and statement not in self.answer:
                self.functions[statement.node.name].append(statement)
        self.by_name = defaultdict(list)
        for statement in statements:
            for name in self._effects(statement):
                self.by_name[name].append(statement)
        self.todo, self.known, self.names = [], set(), set()
        self.leads_to = defaultdict(set)  # statement: those it reads from when it is run, and when it is called
        self.called = defaultdict(set)
        self.early = set()  # statements from behind that must be run before the answer

    def _effects(self, statement):
        """The names that have another value, or an object that has changed, once it was run."""
        names = statement.binds | statement.changes
        names |= {name for name, _ in statement.calls if name not in self.modules}
        if not statement.ours and statement not in self.answer:
            for name in statement.reads & self.functions.keys():
                names |= self._changed_by(name, set())
        return names - {""}

    def _changed_by(self, name, seen):
        """The names that the student's function of that name changes when it is called."""
        changed = set()
        if name not in seen:
            seen.add(name)
            for function in self.functions.get(name, ()):
                if not function.ours:
                    changed |= function.changes_later
                    for other in function.reads_later & self.functions.keys():
                        changed |= self._changed_by(other, seen)
        return changed

    def sets_a_library(self, statement):
        """Whether it changes how an imported module works, for all that comes after it."""
        called = {name for name, method in statement.calls if method.startswith(SETTINGS)}
        return bool(self.modules & (called | statement.changes))

    def take(self, statement, when, reader=None, called=False):
        """Note that a statement is needed, and that what it defines may be called until `when`."""
        if reader is not None:
            (self.called if called else self.leads_to)[reader].add(statement)
        if (statement, when) not in self.known:
            self.known.add((statement, when))
            self.todo.append((statement, when))

    def run(self):
        """Follow all that is noted."""
        while self.todo:
            statement, when = self.todo.pop()
            for name in statement.reads | {name for name in statement.changes if name}:
                self.need(name, statement.place, statement)
            for name in statement.reads_later | (statement.changes_later - {""}):
                self.need(name, max(when, statement.place), statement, called=True)

    def need(self, name, when, reader, called=False):
        """Note the statements from which a name has its value at a place."""
        bound, candidates = False, [each for each in self._that_may_bind(name) if each.place < when]
        if not (reader and reader.ours) and self._is_of_the_student(name, when):
            candidates = [each for each in candidates if not each.ours]
        for statement in reversed(candidates):
            self.take(statement, when, reader, called)
            bound = bound or name in statement.binds
            if statement.certain and name in statement.binds:
                return
        if bound or hasattr(builtins, name):
            return
        later = [statement for statement in self.by_name[name] if statement.place >= when and name in statement.binds]
        own = [statement for statement in later if not statement.ours]
        for statement in own[-1:] or later[:1]:
            self.take(statement, (float("inf"), 0), reader, called)
            if when <= self.stop:
                self.early.add(statement)

    def _is_of_the_student(self, name, when):
        """Whether the student gives the name a value before that place, or defines it anywhere."""
        own = [each for each in self.by_name[name] if name in each.binds and not each.ours]
        return any(each.place < when or each.is_cheap for each in own)

    def _that_may_bind(self, name):
        """The statements after which the name may have another value, in their order."""
        stars = self.by_name[ALL_NAMES]
        return sorted({*self.by_name[name], *stars}, key=_place) if stars else self.by_name[name]

    def slice(self):
        """What was found, less the answer itself and what of the course's own comes later and needs an answer."""
        self.early = self._all_behind(self.early)
        found, done = Slice(), {statement for statement, _ in self.known} - self.answer
        for statement in sorted(done, key=_place):
            needs_answer = not self.answer.isdisjoint(self._all_behind(self.leads_to[statement]))
            if statement.ours and statement.place >= self.end and needs_answer:
                continue
            early = statement.place < self.start or statement in self.early
            (found.before if early and not needs_answer else found.after).append(statement)
        return found

    def _all_behind(self, statements):
        """The statements, and all from which they read, or call what reads."""
        seen, todo = set(), list(statements)
        while todo:
            statement = todo.pop()
            if statement not in seen:
                seen.add(statement)
                todo += [*self.leads_to[statement], *self.called[statement]]
        return seen


def _place(statement):
    return statement.place
