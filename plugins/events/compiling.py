"""Templates compiled into quicker code than Jinja2's own, which writes the same bytes.

Jinja2 asks each value how it is looked into and how it is shown. On our pages nearly all are dicts and texts: the code here
looks at a value's type first, and asks Jinja2 and markupsafe about all others. And it writes UTF-8 from the start: in a text
that holds one "☆" every character takes two bytes, and to encode such a page of 22 kB took 32 µs.

An event's page takes 35% of the instructions that it took. It is done as Jinja2 does it for its `NativeEnvironment`: by a
generator of code (`code_generator_class`), and by what joins that which the code writes (`concat`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, cast

from jinja2 import Environment, Template, nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.filters import do_join
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro, markup_join
from jinja2.utils import missing
from markupsafe import Markup, escape

# What the code calls


def written(text: str) -> bytes:
    """Text as the code writes it. Half of a surrogate pair, which is no UTF-8, passes until the page is whole."""
    return text.encode("utf-8", "surrogatepass")


def read(data: bytes) -> str:
    """What was written, as text."""
    return data.decode("utf-8", "surrogatepass")


# Texts as a page shows them: of the 155 texts on an event's page 100 differ, and most of these were on a page before. None
# but of type `str` are looked up: `Markup` equals them and is shown otherwise.
known: dict[str, bytes] = {}
# As many, and none longer, take 5 MB of English, and 17 at most.
_MANY, _LONG = 10_000, 200


def shown(value: Any) -> bytes:
    """A value as markupsafe's `escape` has it."""
    kind = type(value)
    if kind is int:
        return str(value).encode()
    if kind is not str:
        return written(value if kind is Markup else escape(value))
    # To look for each of the five takes 0.1 µs, and making the Markup that `escape` gives 0.9.
    special = "&" in value or "<" in value or ">" in value or '"' in value or "'" in value
    made = written(escape(value) if special else value)
    if len(value) <= _LONG:
        if len(known) >= _MANY:
            known.clear()
        known[value] = made
    return made


def joined(parts: Sequence[Any]) -> str:
    """What `~` makes of its parts: Jinja2's `markup_join`, which need not be asked about texts alone."""
    for part in parts:
        if type(part) is not str:
            return markup_join(parts)
    return "".join(parts)


@pass_eval_context
def join(context: EvalContext, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    """Jinja2's filter of that name, which takes 3 µs for two texts."""
    if attribute is None and type(d) is str and type(value) is list and all(type(item) is str for item in value):
        return d.join(value)
    return do_join(context, value, d, attribute)  # type: ignore[no-any-return]


class Direct(Macro):
    """A macro whose code can be called with arguments in their places; Jinja2's way to hand them over takes 2 µs."""

    def __init__(
        self, environment: Environment, code: Callable[..., bytes], name: str, arguments: list[str], *more: Any
    ) -> None:
        super().__init__(environment, lambda *given: read(code(*given)), name, arguments, *more)
        # What the code is not given is `missing`: it looks for that itself, and takes the default.
        code.__defaults__ = (missing,) * len(arguments)
        self.code = code
        # How many it takes; -1 where it wants more than its arguments.
        self.most = -1 if self.catch_kwargs or self.catch_varargs or self.caller else len(arguments)


class Once:
    """`once(macro, item, …)` in a template: what `macro(item, …)` gives, worked out when it is first asked for.

    The item is told by itself and must stay as it is; the other arguments are texts and numbers in their places. Of macros of
    one name the last is known: one that knows a page (`import … with context`) is another on each, and holds all of it.
    """

    def __init__(self, most: int) -> None:
        # With the item: another one could have the number of one that is gone.
        self._known: dict[tuple[Any, ...], tuple[bytes, object]] = {}
        self._macros: dict[str, object] = {}
        self._most = most

    def forget(self) -> None:
        """Let go of all that is known."""
        self._known.clear()
        self._macros.clear()

    def code(self, macro: Callable[..., object], item: object, *more: Any) -> bytes:
        """What it gives, as bytes."""
        name = getattr(macro, "name", "")
        if self._macros.setdefault(name, macro) is not macro:
            self._known.clear()
            self._macros[name] = macro
        # Equal values may be shown otherwise: 1 and true, a text and a `Markup`.
        place = (name, id(item), *more, *map(type, more))
        found = self._known.get(place)
        if found is None:
            if len(self._known) >= self._most:
                self._known.clear()
            found = (shown(macro(item, *more)), item)
            # It may itself have asked for what another macro of that name gives.
            if self._macros.get(name) is macro:
                self._known[place] = found
        return found[0]

    def __call__(self, *given: Any) -> Markup:
        """What it gives, as text."""
        return Markup(read(self.code(*given)))  # noqa: S704  what a macro gives is escaped


def direct(context: Context, called: Any, count: int, **scope: Any) -> Callable[..., bytes]:
    """What shows the result of a call with so many arguments."""
    if context.eval_ctx.autoescape and (type(called) is Once or (type(called) is Direct and called.most >= count)):
        return called.code
    return lambda *given: shown(context.call(called, *given, **scope))


# How the code is made

# Jinja2's last line of a template that extends another.
_HAND_ON = "yield from parent_template.root_render_func(context)"


class Code(CodeGenerator):
    """Code in which the functions of templates and blocks give lists of bytes, and do not yield one text after another.

    Each piece of a page, and there are 300, was handed on through three generators.
    """

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  the library's names
        super().visit_Template(node, frame)
        # Where another version of the library hands on by another line, all that stands before it would be lost.
        assert self._handed_on == bool(self._before), "Jinja2 writes its code otherwise than this was made for"
        # Behind the imports that Jinja2 writes, two of whose names these take.
        self.writeline(f"from {__name__} import Direct as Macro, joined as markup_join, direct, known, shown, written")

    def write_commons(self) -> None:
        """Write what each function begins with, but for the `yield` that would make it a generator."""
        self.writeline("resolve = context.resolve_or_missing")
        self.writeline("undefined = environment.undefined")
        self.writeline("concat = environment.concat")
        self.writeline("cond_expr_undefined = Undefined")

    def enter_frame(self, frame: Frame) -> None:
        """Begin a function: a template or block has its own list, as macros always had."""
        if frame.parent is None:
            self.buffer(frame)
        super().enter_frame(frame)

    _before = ""
    _handed_on = False

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:
        """End a function."""
        super().leave_frame(frame, with_python_scope)
        if frame.parent is not None:
            return
        if not frame.toplevel or not self.extends_so_far:
            self.writeline(f"return {frame.buffer}")
        elif self.has_known_extends:
            self._before = f"{frame.buffer}"
        else:
            # Whether it extends another is known when it runs: this function stays a generator.
            self.writeline(f"yield from {frame.buffer}")

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        """Write a line; a template that extends another gives the pieces of that, and those before it."""
        if x == _HAND_ON and self._before:
            x = f"return [*{self._before}, *parent_template.root_render_func(context)]"
            self._handed_on = True
        super().writeline(x, node, extra)

    def return_buffer_contents(self, frame: Frame, force_unescaped: bool = False) -> None:
        """End a macro, or what else is made whole before it is shown."""
        if force_unescaped:
            self.writeline(f"return b''.join({frame.buffer})")
        else:
            super().return_buffer_contents(frame, force_unescaped)

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        """Begin to write a text that is one already."""
        self.writeline(f"{frame.buffer}.append(written(", node)

    def end_write(self, frame: Frame) -> None:  # noqa: ARG002  the library's
        """End that."""
        self.write("))")

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:  # noqa: N802
        """Take a block's pieces all at once."""
        level = 0
        if frame.toplevel:
            if self.has_known_extends:
                return
            if self.extends_so_far:
                self.writeline("if parent_template is None:")
                self.indent()
                level = 1
        if node.required:
            self.writeline(f"if len(context.blocks[{node.name!r}]) <= 1:", node)
            self.indent()
            self.writeline(f'raise TemplateRuntimeError("Required block {node.name!r} not found")', node)
            self.outdent()
        context = self.derive_context(frame) if node.scoped else self.get_context_ref()
        self.writeline(f"{frame.buffer}.extend(context.blocks[{node.name!r}][0]({context}))", node)
        self.outdent(level)

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802
        """Take another template's pieces all at once."""
        if node.ignore_missing:
            self.writeline("try:")
            self.indent()
        self.writeline("template = environment.get_or_select_template(", node)
        self.visit(node.template, frame)
        self.write(f", {self.name!r})")
        if node.ignore_missing:
            self.outdent()
            self.writeline("except TemplateNotFound:")
            self.indent()
            self.writeline("pass")
            self.outdent()
            self.writeline("else:")
            self.indent()
        if node.with_context:
            context = f"template.new_context(context.get_all(), True, {self.dump_local_context(frame)})"
            self.writeline(f"{frame.buffer}.extend(template.root_render_func({context}))")
        else:
            self.writeline(f"{frame.buffer}.append(written(str(template.module)))")
        if node.ignore_missing:
            self.outdent()

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        """Look into a dict here, and into all else as Jinja2 does: a function for it takes 0.3 µs, 263 times a page."""
        attribute, inner = repr(node.attr), node.node
        if isinstance(inner, nodes.Name):
            value = frame.symbols.ref(inner.name)
            self.write(f"({value}[{attribute}] if type({value}) is dict and {attribute} in {value}")
            self.write(f" else environment.getattr_of({value}, {inner.name!r}, {attribute}))")
        else:
            self.write(f"(value[{attribute}] if type(value := ")
            self.visit(inner, frame)
            self.write(f") is dict and {attribute} in value else environment.getattr(value, {attribute}))")

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return repr(written("".join(group)))

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if not self._is_escaped(frame, finalize):
            self.write("written(")
            super()._output_child_pre(node, frame, finalize)
        elif _is_plain_call(node):
            self._direct = node
        else:
            self.write("(known[value] if type(value := ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if not self._is_escaped(frame, finalize):
            super()._output_child_post(node, frame, finalize)
            self.write(")")
        elif not _is_plain_call(node):
            self.write(") is str and value in known else shown(value))")

    @staticmethod
    def _is_escaped(frame: Frame, finalize: Any) -> bool:
        """Whether it is sure that values are escaped here, and by nothing else."""
        return frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None

    _direct: nodes.Expr | None = None

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        """Call something; of a macro whose result is only shown, its code."""
        if node is not self._direct:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("direct(context, ")
        self.visit(node.node, frame)
        self.write(f", {len(node.args)}")
        if frame.loop_frame:
            self.write(", _loop_vars=_loop_vars")
        if frame.block_frame:
            self.write(", _block_vars=_block_vars")
        self.write(")(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")


def _is_plain_call(node: nodes.Expr) -> bool:
    """Whether it is `name(…)` with nothing but arguments in their places."""
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    )


# What is made of it


class Encoded(Template):
    """A template that was compiled so."""

    def encoded(self, inputs: dict[str, Any], encoding: str = "utf-8") -> bytes:
        """The page in an encoding; what that lacks is written as character references."""
        context = self.new_context(inputs)
        try:
            data = b"".join(self.root_render_func(context))  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001  as Template.render
            self.environment.handle_exception()
        # Half of a surrogate pair begins with this byte, and but for Korean little else does.
        if encoding != "utf-8" or b"\xed" in data:
            return read(data).encode(encoding, "xmlcharrefreplace")
        return data

    def make_module(
        self,
        vars: dict[str, Any] | None = None,  # noqa: A002  the library's
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,  # noqa: A002  the library's
    ) -> TemplateModule:
        """What an import gives; Jinja2 joins its pieces as text."""
        context = self.new_context(vars, shared, locals)
        return TemplateModule(self, context, [self.environment.concat(self.root_render_func(context))])


class Templates(Environment):
    """Jinja2's environment, for such templates."""

    code_generator_class = Code
    template_class = Encoded
    concat = staticmethod(lambda pieces: read(b"".join(pieces)))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["join"] = join
        self._found: dict[str, Encoded] = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The item of a dict, else what Jinja2 finds; that looks for an attribute first, and dicts have no other."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getattr_of(self, obj: Any, name: str, attribute: str) -> Any:
        """The same of what has that name, and may not be defined."""
        return self.getattr(self.undefined(name=name) if obj is missing else obj, attribute)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  the library's
    ) -> Encoded:
        """The template of that name. They do not change (`auto_reload`), and Jinja2 takes 4 µs to find that out."""
        if not isinstance(name, str) or globals is not None:
            return cast("Encoded", super().get_template(name, parent, globals))
        if name not in self._found:
            self._found[name] = cast("Encoded", super().get_template(name, parent))
        return self._found[name]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What all templates see, as one dict: each import asks a template for all its keys, and Jinja2's `ChainMap` took
        20 µs a page for that."""
        return {**self.globals, **(d or {})}
