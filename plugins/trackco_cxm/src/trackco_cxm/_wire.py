"""What nobody outside Track.co could read about the CXM API: every assumption, once, and each can be overridden.

The list of interactions is not published. The names below are our most defensible guess (ASSUMED); `--check` says
which of them a real account bears out, and the section `wire` of the configuration corrects one without new code.
"""

from attrs import frozen

from connector_core import setting


@frozen
class Wire:
    """The names and forms that the plugin sends and reads. Those that shape records are part of the fingerprint."""

    surveys_path: str = setting(
        "Path of the list of surveys; {organization} is filled in (DOC).",
        default="/v1/organizations/{organization}/surveys",
        min_length=1,
    )
    interactions_path: str = setting(
        "ASSUMED: path of a survey's interactions; {organization} and {survey} are filled in, a query may follow.",
        default="/v1/organizations/{organization}/surveys/{survey}/interactions",
        pattern=r"\S*\{survey\}\S*",
        wrong="must hold {survey}, and no blanks",
    )
    start_parameter: str = setting(
        "ASSUMED: parameter for the first moment asked, inclusive.", default="start", min_length=1
    )
    end_parameter: str = setting("ASSUMED: parameter for the moment up to which is asked.", default="end", min_length=1)
    date_format: str = setting(
        "ASSUMED: how start and end are written (strftime); they fall on midnight, or within a busy day.",
        default="%Y-%m-%dT%H:%M:%S",
        min_length=1,
    )
    limit_parameter: str = setting(
        "Parameter for the records per page: DOC for surveys, ASSUMED for interactions.",
        default="limit",
        min_length=1,
    )
    page_parameter: str = setting(
        "Parameter for the page number: DOC for surveys, ASSUMED for interactions.", default="page", min_length=1
    )
    page_size: int = setting("ASSUMED: records per page that the server accepts.", default=100, minimum=1)
    first_page: int = setting("ASSUMED: number of the first page.", default=1, minimum=0)
    records_key: str = setting(
        "ASSUMED: where a body holds its list (CLIENT on the same host); a dotted path.", default="data"
    )
    total_key: str = setting(
        "ASSUMED: where a body counts the records of all pages; a dotted path, empty to go without.",
        default="meta.total",
    )
    limit_key: str = setting("ASSUMED: where a body says its records per page; a dotted path.", default="meta.limit")

    survey_name_key: str = setting("ASSUMED: a survey's name.", default="name", shapes=True)
    survey_language_key: str = setting("ASSUMED: a survey's language.", default="default_lang", shapes=True)
    survey_questions_key: str = setting("ASSUMED: a survey's questions.", default="questions", shapes=True)
    question_text_key: str = setting("ASSUMED: a question's text.", default="question", shapes=True)

    id_key: str = setting("ASSUMED: an interaction's id.", default="uuid", shapes=True)
    survey_key: str = setting("ASSUMED: an interaction's survey.", default="survey_public_hash", shapes=True)
    date_key: str = setting("ASSUMED: when it was answered.", default="answered_at", shapes=True)
    status_key: str = setting("ASSUMED: an interaction's status.", default="status", shapes=True)
    imported_statuses: tuple[int, ...] = setting(
        "Statuses that are imported: done and partial (CLIENT).", default=(3, 5), shapes=True
    )
    customer_key: str = setting("ASSUMED: the customer.", default="customer", shapes=True)
    metadata_key: str = setting("ASSUMED: attributes of an interaction.", default="metadata", shapes=True)
    interaction_key: str = setting(
        "ASSUMED: attributes of an interaction, the vendor's other name space.", default="interaction", shapes=True
    )
    answers_key: str = setting("ASSUMED: an interaction's answers.", default="answers", shapes=True)
    question_key: str = setting("ASSUMED: an answer's question, by uuid.", default="question_uuid", shapes=True)
    answer_key: str = setting(
        "ASSUMED: an answer's own part: a value, or {response, comment} (CLIENT).", default="answer", shapes=True
    )
