"""A directory by LDAP: Active Directory's address list, OpenLDAP, any server with inetOrgPerson.

`DirectoryBackend` and `DirectoryOptions` are also the base of kinds whose directory is a particular one.
"""

from telemarket.adapters.ldap.backend import DirectoryBackend
from telemarket.adapters.ldap.options import DirectoryOptions
from telemarket.backend import BackendKind
from telemarket.core.i18n import N_

__all__ = ["KIND", "DirectoryBackend", "DirectoryOptions"]

KIND = BackendKind(name="ldap", title=N_("Directory (LDAP)"), options=DirectoryOptions, open=DirectoryBackend)
