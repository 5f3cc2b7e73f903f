"""Sign in with OpenID Connect: the force's provider states somebody's name, role and forces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from dashboards.board.domain.people import ROLE_NAMES, Person
from dashboards.board.domain.settings import BoardSettings
from streams.actions import role_of

_CLIENT: Final = "provider"
_SCOPES: Final = "openid profile email"
_NO_ANSWER: Final = "Your force's sign-in does not answer. Try again in a minute."


class SignInRefusedError(Exception):
    """The provider does not state that they may use the board; the text is shown to them."""


class ProviderUnavailableError(Exception):
    """The provider does not answer; the text is shown to whoever tries to sign in."""


class Provider:
    """The OpenID provider: authorisation code with PKCE, state and nonce, all by the library."""

    def __init__(self, settings: BoardSettings) -> None:
        """Use the provider that the settings name; its configuration is fetched at the first sign-in."""
        secret = settings.oidc_client_secret
        self._settings = settings
        oauth = OAuth()
        oauth.register(
            _CLIENT,
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{(settings.oidc_issuer or '').rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": _SCOPES, "code_challenge_method": "S256", "timeout": 10.0},
        )
        self._client = oauth.create_client(_CLIENT)

    async def redirect_to_sign_in(self, request: Request, back_to: str) -> Response:
        """Redirect somebody to the provider's sign-in.  Raises ProviderUnavailableError."""
        try:
            response: Response = await self._client.authorize_redirect(request, back_to)
        except HTTPError:
            raise ProviderUnavailableError(_NO_ANSWER) from None
        return response

    async def complete_sign_in(self, request: Request) -> Person:
        """Return the person whom the provider redirected back.

        Raises SignInRefusedError, ProviderUnavailableError.
        """
        try:
            token = await self._client.authorize_access_token(request)
            claims: Mapping[str, Any] = token.get("userinfo") or {}
            if self._settings.oidc_role_claim not in claims:
                claims = {**claims, **await self._userinfo_claims(token, claims.get("sub"))}
        except HTTPError:
            raise ProviderUnavailableError(_NO_ANSWER) from None
        except (OAuthError, JoseError):
            raise SignInRefusedError("The sign-in was not completed. Start again.") from None
        return person_of(claims, self._settings)

    async def _userinfo_claims(self, token: Mapping[str, Any], subject: object) -> Mapping[str, Any]:
        """Return the claims of the userinfo endpoint, where there is one: an ID token may leave some out."""
        metadata = await self._client.load_server_metadata()
        if not metadata.get("userinfo_endpoint"):
            return {}
        claims: Mapping[str, Any] = await self._client.userinfo(token=token)
        # OpenID Connect Core 5.3.2: an answer about anybody else must not be used.
        return claims if subject is not None and claims.get("sub") == subject else {}


def person_of(claims: Mapping[str, Any], settings: BoardSettings) -> Person:
    """Return the person of an ID token's claims.

    Raises SignInRefusedError where they state no role or no force.
    """
    name = next((str(claims[key]) for key in ("preferred_username", "email", "sub") if claims.get(key)), "")
    roles = {role_of(stated) for stated in _listed(claims.get(settings.oidc_role_claim))} & ROLE_NAMES.keys()
    forces = tuple(force.strip() for force in _listed(claims.get(settings.oidc_forces_claim)) if force.strip())
    if not name or len(roles) != 1 or not forces:
        raise SignInRefusedError(
            "Your account does not say which one role and which forces you have on this board. "
            "Ask whoever administers sign-in."
        )
    return Person(name=name, role=next(role for role in roles if role is not None), forces=forces)


def _listed(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.split(",")
    return [str(item) for item in claim] if isinstance(claim, list | tuple) else []
