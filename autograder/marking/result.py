"""What came of marking one submission: what is kept, entered into the gradebook, reported and exported."""

import msgspec
from msgspec import UNSET, UnsetType

CRITERIA = "losssurf_criteria"  # of a graded notebook, in the metadata of a test cell: its criteria
UNWRITTEN = "Optional, and not written: nothing is lost."


class CriterionResult(msgspec.Struct, omit_defaults=True):
    """What one criterion gave, and what is wrong; waits: that names no mistake, as it counts once another one is met.

    It has the fields of a judge's `Verdict`.
    """

    name: str
    score: float
    max_score: float
    message: str
    waits: bool = False


class TaskResult(msgspec.Struct, kw_only=True):
    """What the test cell `grade_id` gives; of an optional exercise the points are a bonus, and its score and
    max_score are 0.

    criteria: none where an optional exercise was not written; raised: what the answer raised, in full: it may hold
    hidden inputs, and is for the instructor alone; is_own: of a test of the instructor's own, which a student's code
    can reach; ungraded: why there is no score, which a person must then give
    """

    grade_id: str
    score: float = 0.0
    max_score: float = 0.0
    bonus: float | UnsetType = UNSET
    max_bonus: float | UnsetType = UNSET
    criteria: list[CriterionResult] = []
    raised: list[str] = []
    is_own: bool = False
    ungraded: str = ""

    @property
    def is_optional(self):
        """Whether its points are a bonus."""
        return self.bonus is not UNSET


class Result(msgspec.Struct, kw_only=True):
    """What came of a submission that was "graded" or "refused", with the reason.

    repairs: what was put right; eye: what a person should look at; unanswered: the written answers that are empty;
    not_found: the answers of which a 0 may come from our not finding them; notebook: the graded one, as text
    """

    status: str
    reason: str = ""
    seconds: float = 0.0
    repairs: list[str] = []
    eye: list[str] = []
    unanswered: list[str] = []
    not_found: list[str] = []
    cells: list[TaskResult] = []
    notebook: str | None = None

    @property
    def bonus(self):
        """The bonus points, {grade id of a test cell: points}."""
        return {cell.grade_id: cell.bonus for cell in self.cells if cell.is_optional}

    def pack(self):
        """The result as bytes of JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def unpack(cls, data):
        """The result of these bytes; msgspec.DecodeError where they are none."""
        return msgspec.json.decode(data, type=cls)
