"""The chains behind leaves: kept once an issuer, by the digest that certificates refer to.

A leaf stays downloadable with its chain after its authority was renewed or removed.
"""

from acme_server.domain.documents.certificates import IssuerChain
from acme_server.domain.problems import ErrorType, refuse
from acme_server.ports import AlreadyExists
from acme_server.services.documents import Documents
from certwright.bundles.signer import SignerInForce


async def keep_chain(documents: Documents, signer: SignerInForce) -> None:
    """Make sure that the chain of a signer is stored: before the first leaf that refers to it."""
    if await documents.get(IssuerChain, signer.digest) is not None:
        return
    try:
        await documents.create(IssuerChain(id=signer.digest, certificates=signer.chain_pem))
    except AlreadyExists:
        return


async def chain_of(documents: Documents, digest: str) -> str:
    """Return the PEM chain that is served behind an issuer's leaves: no root."""
    found = await documents.get(IssuerChain, digest)
    if found is None:
        raise refuse(ErrorType.SERVER_INTERNAL, "the chain of this certificate's issuer is missing")
    return found.document.certificates
