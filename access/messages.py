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
