"""Nothing but arithmetic can be written, and nothing but arithmetic is executed."""

import pytest
import torch

from slalom.catalogue.formula import parse
from slalom.errors import FormulaError

ESCAPES = """
__import__('os').system('id')
x.__reduce__()
sin.__code__.co_code
(sin).__self__
sin . __class__
sin(x).__reduce__
exp.__globals__['os']
x.dtype
x.numpy()
x.backward()
x.grad_fn
x.data
'{0.__class__}'.format(x)
f'{x!r}'
f'{x:{y}}'
[y := x, y**2]
print(*open('/etc/passwd'))
().__class__.__base__.__subclasses__()[140]
(yield x)
(await x)
{}.__class__
x ** __import__
max.__self__
__loader__
__spec__.loader
__file__
__doc__*x
__import__("os").popen("id").read()
type(x)(y)
@x
with x as y
try: x
match x: 1
\\N{LATIN SMALL LETTER X}.real
__import__
__builtins__
__builtins__.eval('1')
x.__class__
x.__class__.__mro__
(x).__class__
(1).__class__
1..__class__
().__class__.__bases__[0].__subclasses__()
x.real
x.T
numpy.load('x')
torch.load(x)
np.load(x)
np.linalg.norm(x)
np.sin.reduce(x)
np.np
np
os.system(x)
sys.exit()
exit()
quit()
eval(x)
exec(x)
compile(x)
open(x)
input()
print(x)
getattr(x, y)
setattr(x, y, z)
vars(x)
dir(x)
globals()
locals()
type(x)
id(x)
breakpoint()
help()
memoryview(x)
lambda: x
lambda x: x
(lambda x: x)(1)
(lambda: (yield))()
x if x else y
x if y > 0 else z
[x]
x ? y
\\input{x}
\\write18{x}
\\def\\x{y}
$x
x$y$z
|x
[x for x in y]
(x for x in y)
{x for x in y}
{x: y for x in y}
{x}
{x: y}
{**x}
[*x]
*x
**x
x[0]
x[0:1]
x[...]
x,
x, y
(x, y)
()
(x := 1)
x := 1
x = 1
x == 1
x += 1
x; y
x
y
import os
from os import system
del x
assert x
raise x
return x
yield x
await x
async x
global x
nonlocal x
pass
not x
x and y
x or y
x in y
x is y
x is not y
~x
x & y
x | y
x ^^ y
x << 2
x >> 2
x // y
x @ y
x -> y
x...
...
'x'
"x"
b'x'
r'x'
u'x'
f'{x}'
f"{__import__('os')}"
'%s' % x
\"\"\"x\"\"\"
x \\
x # comment
# x
x`y`
$x
x?
x!
1j*x
0x10*x
0b1*x
0o7*x
1__000*x
1e*x
1.2.3*x
9**9**9
9**9**9**9*x
10**1000*x
99999999999999999999*x
True
False
None
NotImplemented
Ellipsis
__debug__
__name__*x
x.__add__(y)
sin.__globals__
sin(x).__class__
sin[x:y]
sin(*x)
sin(**x)
sin(x=1)
sin(x for x in y)
where(x)
where(x > 0, x)
where(__import__, x, y)
max()
max(*x)
p[0]
p
t0 + x
x0 + x
g[0]
empty_like(x)
zeros_like(x)
nan*x
inf*x
NaN*x
Infinity*x
self
cls
ｅｖａｌ(x)
𝐞𝐯𝐚𝐥(x)
x．__class__
x\u200b.y
x\u202ey
ⅹ + ℮
ſin(x)ᵗ
℃
x٢
٣*x
x\ufeff
x\x00
\x00
\ud800
x\x1b[31m
{{x}}
${x}
<script>alert(1)</script>
'; DROP TABLE experiment; --
../../etc/passwd
"""


@pytest.mark.parametrize(
    "text", [line for line in ESCAPES.split("\n") if line and line not in ("x", "y")], ids=lambda text: ascii(text)
)
def test_nothing_but_arithmetic_can_be_written(text):
    with pytest.raises(FormulaError):
        parse(text)


def test_there_are_enough_of_them():
    assert len(set(ESCAPES.split("\n")) - {"", "x", "y"}) >= 200


MONSTERS = [("-", 100_000), ("x+", 20_000), ("sin(", 5000), ("(", 100_000), ("x", 10**6), ("9", 5000), ("ﷺ", 200)]
MONSTERS += [(part, 200 // len(part)) for part in ("(", "-", "x**", "sin(", "where(x<", "²", "9", "e", ",", "max(x,")]


@pytest.mark.parametrize("text", [part * times for part, times in MONSTERS], ids=lambda t: f"{t[:8]}...{len(t)}")
def test_size_is_refused_and_not_suffered(text):
    with pytest.raises(FormulaError):
        parse(text)


def test_the_generated_code_sees_no_builtins():
    function = parse("x**2").functions(torch).value
    builtins = function.__globals__["__builtins__"]
    assert list(builtins) == ["__import__"]
    with pytest.raises(ImportError, match="cannot import os"):
        builtins["__import__"]("os")
