"""Which model each kind of document has."""

from acme_server.domain.documents.accounts import Account, AccountKey, Enrollment
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate, IssuerChain
from acme_server.domain.documents.document import Document, Kind
from acme_server.domain.documents.orders import Order

#: The model of each kind, for whoever reads documents without knowing which.
MODELS: dict[Kind, type[Document]] = {
    model.kind: model
    for model in (Account, AccountKey, Enrollment, Authorization, Order, Certificate, IssuerChain)
}
