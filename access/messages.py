"""Messages about users: what they may not give to others, and how often they may try to sign in."""

from core.messages import Sentence

# --- what users may not do in the admin

RIGHTS_NEED_SUPERUSER = Sentence(
    "rights_need_superuser",
    "Only a superuser can change: {fields:all}. Nothing was saved. Ask a superuser to make this change.",
)
USER_HOLDS_MORE = Sentence(
    "user_holds_more",
    "The user {name} has permissions that you do not have. Only a superuser can change or delete this user. Nothing "
    "was changed.",
)
GROUP_HOLDS_MORE = Sentence(
    "group_holds_more",
    "The group {name} has permissions that you do not have. Only a superuser can change or delete this group. Nothing "
    "was changed.",
)
TOKEN_OF_ANOTHER_USER = Sentence(
    "token_of_another_user",
    "Only a superuser can create or revoke API tokens of other users. Nothing was changed. You can create and revoke "
    "your own.",
)

# --- attempts to sign in

TOO_MANY_SIGN_INS = Sentence(
    "too_many_sign_ins",
    "Too many failed sign-ins for this account from your address. Try again in {wait:wait}, or ask an administrator to "
    "unlock it.",
)
TOO_MANY_SIGN_INS_TO_ACCOUNT = Sentence(
    "too_many_sign_ins_to_account",
    "Too many failed sign-ins for this account, from several addresses. Try again in {wait:wait}, or ask an "
    "administrator to unlock it.",
)
TOO_MANY_SIGN_INS_FROM_ADDRESS = Sentence(
    "too_many_sign_ins_from_address",
    "Too many failed sign-ins from your address. Try again in {wait:wait}, or ask an administrator to unlock it.",
)
INVALID_TOKEN = Sentence(
    "invalid_token",
    "Invalid API token: it does not exist, was revoked, or ended when its user's password was changed. Ask an "
    "administrator for a new one.",
)
TOKEN_OF_INACTIVE_USER = Sentence(
    "token_of_inactive_user", "The user of this API token is deactivated. Ask an administrator to activate the account."
)
TOKEN_HEADER_MALFORMED = Sentence(
    "token_header_malformed", "The header Authorization must be “Token”, a space, and one API token without spaces."
)
TOO_MANY_WRONG_TOKENS = Sentence(
    "too_many_wrong_tokens",
    "Invalid API token, and too many invalid ones from your address. Try again in {wait:wait} with a valid one.",
)

# --- the user's own password

PASSWORD_CHANGED = Sentence(
    "password_changed", "Password changed. Your API tokens and your sessions in other browsers have ended."
)
PASSWORD_CHANGED_TOKENS_KEPT = Sentence(
    "password_changed_tokens_kept",
    "Password changed. Your API tokens are still valid; your sessions in other browsers have ended.",
)

# --- locks

UNLOCKED = Sentence("unlocked", "{locks:counted lock} lifted.")
