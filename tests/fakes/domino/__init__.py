"""A Domino server that is none: one database over HTTP as the published descriptions have it.

Views by URL command follow the Domino Designer help, Access Services the sources of the XPages Extension Library
(com.ibm.domino.das), the REST API its OpenAPI description (basis). An argument that these do not know is refused.
"""

from tests.fakes.domino.database import Database, Document, View, client, clients
from tests.fakes.domino.server import DominoServer, domino

__all__ = ["Database", "Document", "DominoServer", "View", "client", "clients", "domino"]
