#!/usr/bin/python3
"""Hold files against their JSON Schemas, with a validator that is not ours.

  schemas.py recording SCHEMA FILE   each line of a recorded run
  schemas.py all-kinds SCHEMA FILE   the same, and every kind of line has to occur
  schemas.py messages FOLDER TRACE   each message of a traced run, by FOLDER/<method>.params.json and .result.json

Exit codes: 0 all fit, 1 a line does not, or there is nothing to see, 2 usage.
"""
import json
import os
import sys

from jsonschema import Draft202012Validator


def validator(path):
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield number, json.loads(line)


def complain(number, what, error):
    place = "/".join(str(part) for part in error.absolute_path)
    print(f"line {number}, {what}: {place}: {error.message[:300]}")


def flaws_of_recording(schema_path, path, all_kinds=False):
    """A line's kind is its first member: only that alternative is asked, so that its complaint can be understood."""
    whole = validator(schema_path)
    kinds = {branch["title"]: Draft202012Validator(branch) for branch in whole.schema["oneOf"]}
    seen, flaws = set(), 0
    for number, line in lines_of(path):
        kind = next(iter(line))
        seen.add(kind)
        error = next(kinds[kind].iter_errors(line), None) if kind in kinds else next(whole.iter_errors(line))
        if error:
            complain(number, kind, error)
            flaws += 1
    for kind in sorted(set(kinds) - seen) if all_kinds else []:
        print(f"no line of the kind {kind}: the run is to have them all")
        flaws += 1
    print(f"{number} lines, {len(seen)} kinds")
    return flaws


class Messages:
    """Answers belong to calls by their id; ids count up in each process."""

    def __init__(self, folder):
        self.validators = {name[:-5]: validator(os.path.join(folder, name)) for name in os.listdir(folder)}
        self.calls, self.checked = {}, set()

    def message_of(self, testee, text):
        """Name of its schema, and what that is about; None of an error's answer and of what is no message."""
        try:
            message = json.loads(text)
        except ValueError:
            return None
        if "method" in message:
            self.calls[testee, message.get("id")] = message["method"]
            return message["method"] + ".params", message.get("params", {})
        return (self.calls[testee, message["id"]] + ".result", message["result"]) if "result" in message else None

    def flaw_of(self, testee, text):
        found = self.message_of(testee, text)
        if not found:
            return None, None
        name, value = found
        self.checked.add(name)
        return name, next(self.validators[name].iter_errors(value), None)


def flaws_of_messages(folder, path):
    messages, flaws, count = Messages(folder), 0, 0
    for number, line in lines_of(path):
        text = line.get("sent") or line.get("received")
        if text is None:
            continue
        name, error = messages.flaw_of(line["testee"], text)
        count += name is not None
        if error:
            complain(number, name, error)
            flaws += 1
    print(f"{count} messages, by {len(messages.checked)} of {len(messages.validators)} schemas")
    return flaws if count else 1


def main(arguments):
    jobs = {
        "recording": flaws_of_recording,
        "all-kinds": lambda schema, path: flaws_of_recording(schema, path, all_kinds=True),
        "messages": flaws_of_messages,
    }
    if len(arguments) != 3 or arguments[0] not in jobs:
        print(__doc__)
        return 2
    return 1 if jobs[arguments[0]](*arguments[1:]) else 0


sys.exit(main(sys.argv[1:]))
