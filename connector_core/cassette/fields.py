"""What a field holds: as the source declares it, and where that says nothing, as fields of its name usually do."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from attrs import frozen

from connector_core.cassette.forms import LINK
from connector_core.model import Json, Personal
from connector_core.personal import LABELS, labelled_by, matcher, phrases, plain


@frozen
class Meaning:
    """What stands in a field.

    Attributes:
        kind: None where nothing is known.
        declared: the source said so; then no usual meaning of a name below counts.
        whole: numbers and all parts of objects are meant too; else only texts that read like what is meant.
        inside: it stands in an object that is a person; then only what is written like a full name is meant.
    """

    kind: Personal | None
    declared: bool = False
    whole: bool = True
    inside: bool = False

    def of_text(self, text: str) -> Personal | None:
        """What a text in this field is. Under a name that is only likely to mean it, an id or a link is not meant."""
        if self.inside:
            return self.kind if _is_full_name(text) else None
        if self.whole or (_READS_AS[self.kind or "text"].fullmatch(text) and not LINK.fullmatch(text.strip())):
            return self.kind
        return None

    def within(self) -> "Meaning":
        """What the parts of an object in this field are, as far as they do not say it themselves."""
        if self.whole:
            return self
        return _INSIDE if self.kind == "author" else UNKNOWN


UNKNOWN = Meaning(None)
_INSIDE = Meaning("author", whole=False, inside=True)
_DECLARED: Mapping[Personal, Meaning] = {
    "contact": Meaning("contact", declared=True),
    "author": Meaning("author", declared=True),
    "text": Meaning("text", declared=True),
    "id": Meaning("id", declared=True),
    "public": Meaning("public", declared=True),
}
_LABEL = _DECLARED["public"]
_READS_AS = {
    "author": re.compile(r"\s*+[^\W\d_]++(?:[ .,'\u2019-]++[^\W\d_]++)*+[\s.]*+"),
    "text": re.compile(r"(?=\D*+\Z|\s*+\S++\s++\S).*+", re.DOTALL),
}
"""A person who is not called by an id, and words that are none: an id has digits, and no blanks."""

_KEYWORD = re.compile("[a-z_,-]*")
"""A word of an API's own, which its clients write themselves."""


def _is_full_name(text: str) -> bool:
    """Whether a text is of two words or more without a digit, the first and the last of which begin with a capital."""
    words = text.split()
    written_so = len(words) > 1 and words[0][0].isupper() and words[-1][0].isupper()
    return written_so and _READS_AS["author"].fullmatch(text) is not None


def _names(text: str) -> frozenset[str]:
    return frozenset(_singular(plain(name)) for name in text.split(","))


def _singular(name: str) -> str:
    return name.removesuffix("s")


_CONTACT_WORDS = _names(
    "email, mail, correo, phone, telephone, telefone, telefono, fone, tel, mobile, movil, cell, cellphone, celular,"
    " celulares, whatsapp, fax, cpf, cnpj, rg, ssn, curp, dni, nif, iban, passport, passaporte, pasaporte, birth,"
    " birthday, birthdate, date of birth, dob, nascimento, data de nascimento, nacimiento, fecha de nacimiento,"
    " aniversario, address, endereco, direccion, domicilio, street, logradouro, rua, calle, cep, zip, zipcode,"
    " postcode, postal code, codigo postal, ip, ip address"
)
"""Contact data and what else is about one person alone, wherever these words stand in a name: `work_phone`."""

_CONTACTS = _names(
    "document, documento, document number, numero do documento, numero documento, doc, tax id, vat number, national id,"
    " identity number, numero de identidade, matricula"
)
"""The same, where they are the whole name."""

_NAMES = _names(
    "name, nome, nombre, first name, last name, middle name, full name, given name, family name, surname, forename,"
    " maiden name, sobrenome, apellido, apelido, nickname, primeiro nome, ultimo nome, nome completo, nombre completo,"
    " nome social, username, user name, login, screen name, display name, customer name, client name, author name,"
    " contact name, person name, respondent name, reviewer name, agent name, employee name, owner name, seller name,"
    " user full name, customer full name, nome do cliente, nome cliente, nombre del cliente, nome do usuario,"
    " nome da mae, nome do pai, mother name"
)
_PERSONS = _names(
    "author, autor, customer, cliente, client, user, usuario, reviewer, respondent, respondente, person, pessoa,"
    " persona, contact, contato, contacto, assignee, agent, attendant, atendente, vendedor, seller, owner, employee,"
    " funcionario, manager, gerente, patient, paciente, guest, hospede, student, aluno, responsavel, sender, recipient,"
    " created by, updated by, answered by"
)
"""Fields that hold a person's name, or as often an id."""

_TEXTS = _names(
    "comment, comentario, feedback, review, message, mensagem, mensaje, observacao, observacoes, observacion,"
    " observaciones, obs, note, anotacao, anotacoes, verbatim, remark, opinion, opiniao, justificativa, suggestion,"
    " sugestao, sugerencia, complaint, reclamacao, queja, reply, transcript, text, texto"
)
"""What people write; also as the last word of a name: `nps_comment`."""

_ABOUT = _names("at, on, count, total, status, type, verified, confirmed, valid, enabled, sent, opened, opt in, optin")
"""Last words of names of what is only about such data: `email_sent_at`."""


@lru_cache(10_000)
def usual(name: str) -> Meaning:
    """What a field of this name usually holds, in English, Portuguese or Spanish."""
    whole = _singular("".join(letter for letter in plain(name) if letter.isalpha()))
    parts = list(phrases(name))
    last = parts[-1] if parts else ""
    if whole in _NAMES:
        return Meaning("author")
    if whole in _CONTACTS:
        return Meaning("contact")
    if whole in _PERSONS:
        return Meaning("author", whole=False)
    if last in _TEXTS or whole in _TEXTS:
        return Meaning("text", whole=False)
    contact = last not in _ABOUT and not name.rstrip().endswith("?") and not _CONTACT_WORDS.isdisjoint(parts)
    return Meaning("contact") if contact else UNKNOWN


@frozen
class Fields:
    """Tells what each field of a source holds. Pure, and safe to use from many threads."""

    _declared: Callable[[str], Personal | None]

    @classmethod
    def of(cls, personal: Mapping[str, Personal]) -> "Fields":
        """By a source's declaration (`Description.personal`)."""
        return cls(matcher(personal))

    def meaning(self, path: str, name: str, above: Meaning = UNKNOWN) -> Meaning:
        """What stands at a dotted path that ends in this name, in something of which a meaning is known."""
        declared = self._declared(path)
        if declared:
            return _DECLARED[declared]
        if above.declared:
            return above
        by_name = usual(name)
        return by_name if by_name.kind else above

    def parameter(self, name: str, value: str) -> Meaning:
        """What stands in a parameter of a URL: as in a field, but for a word of the API's own, as in `?user=me`."""
        held = self.meaning(name, name)
        return held if held.whole or not _KEYWORD.fullmatch(value) else UNKNOWN

    def entries(self, item: Mapping[str, Json], path: str, above: Meaning) -> Iterator[tuple[str, str, Meaning]]:
        """Each entry of an object: its name, its dotted path, and what stands there."""
        above = above.within()
        called = labelled_by(item)
        label = item[called] if called else None
        for name in item:
            place = f"{path}.{name}" if path else name
            held = self.meaning(place, name, above)
            if label is not None:
                if name in LABELS:
                    held = _LABEL
                elif name == "value":
                    held = self.meaning(f"{path}.{label}", label, held)
            yield name, place, held
