package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Int;
import java.math.BigInteger;
import java.util.Optional;

/** Python's {@code str.format}. */
final class BraceFormat {
    private final Run run;
    private final Text format;
    private final Arguments arguments;
    private int next;
    private boolean numbered;

    BraceFormat(Run run, Text format, Arguments arguments) {
        this.run = run;
        this.format = format;
        this.arguments = arguments;
    }

    Text apply() {
        return apply(format, true).asMarkup(format.isMarkup());
    }

    private Text apply(Text part, boolean mayNest) {
        String text = part.characters();
        TextBuilder result = new TextBuilder(run.budget());
        for (int at = 0; at < text.length();) {
            char c = text.charAt(at);
            if ((c == '{' || c == '}') && at + 1 < text.length() && text.charAt(at + 1) == c) {
                result.append(part.substring(at, at + 1));
                at += 2;
            } else if (c == '}') {
                throw Failure.runtime("Single '}' encountered in format string");
            } else if (c == '{') {
                int end = end(text, at);
                result.append(field(part.substring(at + 1, end), mayNest));
                at = end + 1;
            } else {
                int from = at;
                while (at < text.length() && text.charAt(at) != '{' && text.charAt(at) != '}') {
                    at++;
                }
                result.append(part.substring(from, at));
            }
        }
        return result.toText();
    }

    private static int end(String text, int begin) {
        int open = 0;
        for (int at = begin; at < text.length(); at++) {
            open += text.charAt(at) == '{' ? 1 : text.charAt(at) == '}' ? -1 : 0;
            if (open == 0) {
                return at;
            }
        }
        throw Failure.runtime(begin + 1 == text.length()
                ? "Single '{' encountered in format string"
                : "expected '}' before end of string");
    }

    private Text field(Text field, boolean mayNest) {
        String text = field.characters();
        int brackets = 0;
        int nameEnd = 0;
        while (nameEnd < text.length()
                && (brackets > 0 || (text.charAt(nameEnd) != ':' && text.charAt(nameEnd) != '!'))) {
            brackets += text.charAt(nameEnd) == '[' ? 1 : text.charAt(nameEnd) == ']' ? -1 : 0;
            nameEnd++;
        }
        Value value = lookUp(text.substring(0, nameEnd));
        int colon = nameEnd;
        if (nameEnd < text.length() && text.charAt(nameEnd) == '!') {
            colon = nameEnd + 2;
            if (colon > text.length() || (colon < text.length() && text.charAt(colon) != ':')) {
                throw Failure.runtime("expected ':' after conversion specifier");
            }
            value = switch (text.charAt(nameEnd + 1)) {
                case 's' -> PythonText.str(value, run.budget());
                case 'r', 'a' -> Text.of(PythonText.repr(value, run.budget()), Text.OUTSIDE);
                default -> throw Failure
                        .runtime("Unknown conversion specifier '" + text.charAt(nameEnd + 1) + "'");
            };
        }
        Text specification = colon < text.length() ? field.substring(colon + 1) : Text.EMPTY;
        if (specification.characters().indexOf('{') >= 0) {
            if (!mayNest) {
                throw Failure.runtime("Max string recursion exceeded");
            }
            specification = apply(specification, false);
        }
        return new FormatSpecification(specification.characters(), run.budget()).apply(value);
    }

    private Value lookUp(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Value value = first(name.substring(0, end));
        while (end < name.length()) {
            if (name.charAt(end) == '.') {
                int from = end + 1;
                end = from;
                while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
                    end++;
                }
                value = Attributes.attribute(value, name.substring(from, end), run);
            } else {
                int close = name.indexOf(']', end);
                if (close < 0) {
                    throw Failure.runtime("Missing ']' in format string");
                }
                String key = name.substring(end + 1, close);
                value = Attributes.item(value, isNumber(key) ? new Int(new BigInteger(key)) : Text.of(key), run);
                end = close + 1;
            }
        }
        return value;
    }

    private static boolean isNumber(String name) {
        return !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Value first(String name) {
        if (!name.isEmpty() && !isNumber(name)) {
            return Optional.ofNullable(arguments.named().get(name))
                    .orElseThrow(() -> Failure.runtime("'" + name + "'"));
        }
        boolean automatic = name.isEmpty();
        if (automatic ? numbered : next > 0) {
            throw Failure.runtime("cannot mix fields with and without numbers in a format string");
        }
        numbered |= !automatic;
        int index = automatic ? next++ : Integer.parseInt(name);
        if (index >= arguments.positional().size()) {
            throw Failure.runtime("Replacement index " + index + " out of range for positional args tuple");
        }
        return arguments.positional().get(index);
    }
}
