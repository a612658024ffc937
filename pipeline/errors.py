"""Errors a person meets. Each message is one sentence: what, where, what to do."""


class DermcurateError(Exception):
    """Base of all errors that the command line shows as one sentence."""


class CatalogError(DermcurateError):
    """The catalog, a prompt or another configuration file cannot be used as it stands."""


class MissingInputError(DermcurateError):
    """A stage was asked to run before its inputs exist."""


class WorkspaceError(DermcurateError):
    """The workspace is missing, damaged or cannot be written."""


class SourceError(DermcurateError):
    """A source as a whole cannot be collected; other sources go on."""


class ModelError(DermcurateError):
    """No model server answers, or it died and did not come back."""


class ReleaseError(DermcurateError):
    """A release cannot be made or does not verify."""


class NotFoundError(DermcurateError):
    """What was asked for is not in the workspace or the release."""
