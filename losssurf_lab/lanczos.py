"""Lanczos' method: a large symmetric matrix, known by its products alone, made small in a basis of its own."""

import math

import numpy as np
import torch

ROUNDING = {torch.float32: 2e-6, torch.float64: 1e-11}  # of a product, relative to the largest
ASYMMETRY = 1e-3  # from here on, relative to the same, a product is no longer that of a symmetric matrix
SAFETY = 5  # residuals fall to tol / SAFETY: at tol itself a pair that the start hardly contains may still be missing
TWICE = 0.5  # of a vector's length: a smaller rest outside the span is made orthogonal to it a second time
CHANCE = 100  # a random vector has less than a hundredth of its usual part in a given direction once in a hundred
COARSE = 1e-2  # a relative residual that rounding may leave
NOT_SYMMETRIC = (
    "eval_hess_vec_prod is not the product with a symmetric matrix (u'Hv and v'Hu differ), so it is not that of the "
    "Hessian: check it; with dropout or batch norm, put the network in evaluation mode; a right product may be so "
    "where single precision is too coarse, as for large inputs: then take net.double()"
)
FEW = 20  # steps that are always made to see whether an eigenvalue is missing


class NotFinite(ValueError):
    """A product holds NaN or infinity, as where training has diverged."""


class KrylovSpace:
    """An orthonormal basis V of m vectors of n numbers, and the small matrix V H V' of a symmetric matrix H.

    What the products H V have outside the span is kept as C D of a few orthonormal directions D (p, n) and their
    couplings C: all of it, so that the residuals of eigenpairs cost no product, whatever the start. After one start
    vector there is one direction, that of Lanczos' recurrence; each further start adds one. Nothing else is kept.

    zero: a vector (n,) of the precision and on the device that the others have
    basis: V; small: V H V' (m, m), float64; directions: D; couplings: C' (p, m); scale: the largest length of a product
    of a vector of length 1; these and `lost` in multiples of `unit`, as squares of float32 end at 1e-38 and 1e38
    """

    def __init__(self, zero):
        self.n, self.basis, self.rounding = len(zero), Rows(), ROUNDING[zero.dtype]
        self.directions = zero.new_zeros((0, self.n))
        self.small, self.couplings, self.scale = np.zeros((0, 0)), np.zeros((0, 0)), 0.0
        self.lost = np.zeros(0)  # of each product, the length of what was taken for rounding
        self.unit = 1.0  # a power of 2, of the size of the first product that is not zero

    @property
    def size(self):
        """m, the number of vectors of the basis, and of products made."""
        return len(self.small)

    def state(self):
        """What it takes to go on with it in another process, see `restore`."""
        parts = {name: getattr(self, name) for name in ("directions", "small", "couplings", "scale", "lost", "unit")}
        return {**parts, "basis": self.basis.blocks}

    def restore(self, state):
        """Become the space that had this state."""
        vars(self).update(state, basis=Rows(state["basis"], len(state["small"])))

    @property
    def noise(self):
        """How large a part of a product may be nothing but rounding."""
        return self.rounding * self.scale * self.unit

    def matrix(self, first=0):
        """The small matrix of the vectors of the basis from number `first` on, (m - first, m - first)."""
        return self.unit * self.small[first:, first:]

    def pairs(self, k):
        """The k largest Ritz values, their vectors in the basis (m, k), and the lengths of their residuals."""
        values, coefficients = np.linalg.eigh(self.small)
        values, coefficients = values[::-1][:k], coefficients[:, ::-1][:, :k]
        return self.unit * values, coefficients, self.unit * np.linalg.norm(self.couplings @ coefficients, axis=0)

    def errors(self, coefficients):
        """The lengths of the residuals of Ritz vectors (m, k), with what was taken for rounding."""
        return self.unit * np.linalg.norm(np.vstack([self.couplings, np.diag(self.lost)]) @ coefficients, axis=0)

    def residual(self, coefficients):
        """The residual of a Ritz vector as a unit combination of the directions (p,), for `grow`."""
        mix = self.couplings @ coefficients
        return mix / np.linalg.norm(mix)

    def onward(self):
        """Lanczos' own next step, the same of the last vector of the basis; None where nothing is left of it."""
        mix = self.couplings[:, -1]
        length = np.linalg.norm(mix)
        return mix / length if length > self.rounding * self.scale else None

    def vectors(self, coefficients):
        """The vectors with these coefficients (m, k) in the basis: a NumPy array (n, k) in its precision."""
        return self.basis.mix(torch.as_tensor(coefficients.copy()).to(self.directions)).cpu().numpy()

    def start(self, vector):
        """What a vector of length 1 has outside the span, as a combination (p,) of the directions; None: nothing."""
        _, mix, rest, length = self._split(vector)
        if length > self.rounding and self.has_room:
            self._add_direction(rest / length, np.zeros(self.size))
            mix = np.append(mix, length)
        length = np.linalg.norm(mix)
        return mix / length if length > self.rounding else None

    def grow(self, mix, product):
        """Take a unit combination (p,) of the directions into the basis, with its product."""
        turn = _turn(mix)
        self.directions = torch.as_tensor(turn).to(self.directions) @ self.directions
        self.couplings = turn @ self.couplings
        vector, self.directions = self.directions[0], self.directions[1:]
        known, self.couplings = self.couplings[0], self.couplings[1:]
        result = product(vector)
        if not torch.isfinite(result).all():
            raise NotFinite("the product of the Hessian and a vector holds NaN or infinity")
        if not self.scale and (largest := float(result.abs().max())):
            self.unit = 2.0 ** min(max(math.frexp(largest)[1], -126), 126)
        result = result * (1 / self.unit)
        self.scale = max(self.scale, float(torch.linalg.vector_norm(result)))
        self.basis.append(vector)
        column = np.append(known, float(vector @ result))
        for i in np.flatnonzero(column):  # first: what a large part leaves of rounding would grow from step to step
            result = result - float(column[i]) * self.basis[i]
        inside, beside, rest, length = self._split(result)
        if np.abs(inside).max() > ASYMMETRY * self.scale:
            raise ValueError(NOT_SYMMETRIC)
        column = column + inside / 2
        self.small = np.block([[self.small, column[:-1, None]], [column[None]]])
        self.couplings = np.hstack([self.couplings, beside[:, None]])
        is_rounding = length <= self.rounding * self.scale or not self.has_room
        self.lost = np.append(self.lost, length if is_rounding else 0)
        if not is_rounding:
            self._add_direction(rest / length, np.append(np.zeros(self.size - 1), length))

    @property
    def has_room(self):
        """Whether basis and directions leave anything of the n dimensions."""
        return self.size + len(self.directions) < self.n

    def _add_direction(self, direction, coupling):
        self.directions = torch.cat([self.directions, direction[None]])
        self.couplings = np.vstack([self.couplings, coupling])

    def _split(self, vector):
        """A vector's parts in the basis (m,) and in the directions (p,), the rest, and the length of that."""
        inside, beside, length = 0, 0, float(torch.linalg.vector_norm(vector))
        for _ in range(2):
            parts = self.basis.dot(vector), self.directions @ vector
            vector = vector - self.basis.mix(parts[0]) - self.directions.T @ parts[1]
            inside, beside = inside + _double(parts[0]), beside + _double(parts[1])
            before, length = length, float(torch.linalg.vector_norm(vector))
            if length > TWICE * before:  # else what is left is as large as the rounding of what went
                break
        return inside, beside, vector, length


class Search:
    """The steps that find the k largest eigenpairs.

    First from the start vectors, and before them from a random one, which shows how large products are, as vectors of
    the kernel do not. Then along the longest residual of a wanted pair, until all are as small as `tol` asks for, or as
    rounding lets them be. None of this shows that a pair is missing: a Krylov space holds one vector for each
    eigenvalue, however often that is there, and nothing of what the start vectors do not contain. So there follow
    Lanczos' own steps from a new random vector outside the space, and again after each pair that these bring to light.

    stage: what it is at, in words
    """

    def __init__(self, space, k, tol, start, seed):
        self.space, self.k, self.tol, self.seed = space, k, tol, seed
        self.starts = [] if start is None else list(np.asarray(start, dtype=float).T)
        self.drawn, self.none_missing, self.stage = 0, True, ""
        self.chain = None  # where in the basis the steps from the last random vector begin, while they are all its own
        self.most = None  # the size at which the chain ends, whatever it has shown
        self.is_simple = False  # whether each eigenvalue is there, if perhaps not often enough

    def state(self):
        """What it takes to go on with it in another process, see `restore`."""
        own = {name: value for name, value in vars(self).items() if name not in ("space", "starts")}
        return {"search": own, "left": len(self.starts), "space": self.space.state()}

    def restore(self, state):
        """Become the search that had this state."""
        vars(self).update(state["search"])
        self.starts = self.starts[len(self.starts) - state["left"] :]
        self.space.restore(state["space"])

    @property
    def certain(self):
        """Whether no larger eigenvalue can be missing, as far as random vectors and the precision tell."""
        values, coefficients, _ = self.space.pairs(self.k)
        is_coarse = self.space.errors(coefficients) > max(self.tol, COARSE) * np.abs(values)
        is_coarse &= np.abs(values) > self.space.noise  # else it counts as 0
        return self.none_missing and not is_coarse.any()

    def next_step(self):
        """The combination of the space's directions to take next, for its `grow`; None at the end."""
        space = self.space
        if self.starts and not space.size:
            return self._random()
        while self.starts:
            vector = self.starts.pop(0)
            length = np.linalg.norm(vector) or 1.0
            mix = space.start(torch.as_tensor(vector / length).to(space.directions))
            if mix is not None:
                return mix
        values, coefficients, errors = space.pairs(self.k)
        allowed = np.maximum(self.tol / SAFETY * np.abs(values), space.noise)
        self.stage = f"{np.sum(errors <= allowed)} of {self.k} eigenpairs found"
        if (errors > allowed).any():
            self.chain, self.most = self.chain if len(space.directions) == 1 else None, None
            return space.residual(coefficients[:, np.argmax(np.where(errors > allowed, errors, 0))])
        onward = space.onward() if space.size else None
        if space.size < self.k:
            return self._draw() if onward is None else onward
        return self._draw() if self.chain is None else self._look_for_more(values, onward)

    def _draw(self):
        """The first step of a new chain; None where the space is whole."""
        self.chain = self.space.size
        return self._random()

    def _random(self):
        seed = [self.seed, self.drawn] if self.drawn else self.seed
        self.drawn += 1
        return self.space.start(random_direction(np.random.default_rng(seed), self.space.directions))

    def _look_for_more(self, values, onward):
        """The next step of the chain, or of another; None where nothing larger can be missing, or more steps than
        half of those before do not tell."""
        self.stage = "looking for a missed pair"
        space, margin = self.space, max(self.tol * abs(values[-1]), self.space.noise)
        higher = values[values > values[-1] + margin]
        if self.is_simple and not len(higher):
            return None
        level = higher[-1] if self.is_simple else values[-1] + margin
        self.most = self.most or max(3 * space.size // 2, space.size + FEW)
        chain = np.linalg.eigvalsh(space.matrix(self.chain))
        missing = 0 if onward is None else steps_missing(chain[chain < values[-1] - margin], level, space.n)
        if missing > 0 and (space.size + missing < self.most or len(chain) < FEW):
            return onward
        self.none_missing = self.none_missing and missing <= 0
        if self.chain == 0:  # what Lanczos' first steps do not show are equal ones
            self.is_simple = True
        elif chain[-1] < values[-1] + margin:
            return None
        return self._draw() if len(higher) else None


def random_direction(rng, like):
    """A vector of length 1, of the kind of the rows of `like` (p, n), in a direction that is drawn."""
    vector = rng.standard_normal(like.shape[1])
    return torch.from_numpy(vector / np.linalg.norm(vector)).to(like)


class Rows:
    """Vectors (m, n) to which others are added: in blocks, as a matrix would be copied whenever it grows."""

    LENGTH = 16

    def __init__(self, blocks=(), length=0):
        self.blocks, self.length = list(blocks), length

    def append(self, vector):
        if self.length == self.LENGTH * len(self.blocks):
            self.blocks.append(vector.new_empty((self.LENGTH, len(vector))))
        self.blocks[-1][self.length % self.LENGTH] = vector
        self.length += 1

    def __getitem__(self, i):
        return self.blocks[i // self.LENGTH][i % self.LENGTH]

    def _filled(self):
        return [block[: self.length - self.LENGTH * i] for i, block in enumerate(self.blocks)]

    def dot(self, vector):
        """The products (m,) with each of them."""
        return torch.cat([vector.new_empty(0), *(block @ vector for block in self._filled())])

    def mix(self, coefficients):
        """Their sum (n,) or sums (n, k), with coefficients (m,) or (m, k)."""
        parts = coefficients.split(self.LENGTH)
        return sum(block.T @ part for block, part in zip(self._filled(), parts, strict=False))  # of no block, one part


def steps_missing(values, level, n):
    """After how many more of Lanczos' steps from a random vector (n,) an eigenvalue of `level` would have shown.

    values: the eigenvalues, ascending, of these steps' small matrix, less those near the level and above, at each of
    which a polynomial of the steps can be zero. With the degree that is left it can be Chebyshev's, which raises what
    lies at the level over all that lies below: by enough, where by more than what the random vector may lack of it.
    """
    if len(values) < 2 or not values[0] < values[-1] < level:
        return 1
    rise = math.acosh(1 + 2 * (level - values[-1]) / (values[-1] - values[0]))
    return math.log(2 * CHANCE * math.sqrt(n)) / rise - (len(values) - 1)


def _turn(mix):
    """An orthogonal matrix (p, p) whose first row is the unit vector `mix`: a reflection."""
    away = np.array(mix, dtype=float)
    sign = 1.0 if away[0] <= 0 else -1.0  # so that nothing cancels
    away[0] -= sign
    return sign * (np.eye(len(away)) - 2 * np.outer(away, away) / (away @ away))


def _double(tensor):
    return tensor.double().cpu().numpy()
