"""A filter for the tests."""

from jinja2 import pass_context


def shout(text, mark="!"):
    return text.upper() + mark


@pass_context
def of_host(context, text):
    return f"{text} on {context['inventory_hostname']}"


class FilterModule:
    def filters(self):
        return {"shout": shout, "of_host": of_host}
