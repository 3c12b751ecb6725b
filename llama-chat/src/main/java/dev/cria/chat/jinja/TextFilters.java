package dev.cria.chat.jinja;

import static dev.cria.chat.jinja.Filters.bound;

import dev.cria.chat.jinja.Filters.Filter;
import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** The filters that make texts. */
final class TextFilters {
    private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
    /** What parts the words of a title: white space, hyphens and opening brackets. */
    private static final String TITLE_SEPARATORS = "-({[<";
    private static final int TRUNCATE_LEEWAY = 5;

    private TextFilters() {}

    static void addTo(Map<String, Filter> all) {
        change(all, "upper", Characters::upper);
        change(all, "lower", Characters::lower);
        change(all, "capitalize", Characters::capitalized);
        change(all, "title", TextFilters::title);
        all.put("trim", bound(Signature.of("trim", 0, "chars"), (run, value, a) -> TextMethods
                .strip(PythonText.str(value, run.budget()), a, true, true, run.budget())));
        all.put("replace", bound(Signature.of("replace", 2, "old", "new", "count"),
                (run, value, a) -> TextMethods.replace(PythonText.str(value, run.budget()),
                        PythonText.str(a.required(0), run.budget()), PythonText.str(a.required(1), run.budget()),
                        a.unlessNone(2).map(Bound::integer).orElse(-1), run.budget())));
        all.put("join", bound(Signature.of("join", 0, "d", "attribute"), TextFilters::join));
        all.put("center", bound(Signature.of("center", 0, "width"), (run, value, a) -> TextMethods.center(
                PythonText.str(value, run.budget()), a.integer(0, 80), Text.of(" "), run.budget())));
        all.put("indent", bound(Signature.of("indent", 0, "width", "first", "blank"), TextFilters::indent));
        all.put("truncate", bound(Signature.of("truncate", 0, "length", "killwords", "end", "leeway"),
                TextFilters::truncate));
        all.put("format", TextFilters::format);
        all.put("wordcount", bound(Signature.positional("wordcount", 0, 0), (run, value, a) -> {
            String text = PythonText.str(value, run.budget()).characters();
            run.budget().spendText(text.length(), 0);
            return Int.of(WORD.matcher(text).results().count());
        }));
        all.put("wordwrap", bound(Signature.of("wordwrap", 0, "width", "break_long_words", "wrapstring",
                "break_on_hyphens"), TextFilters::wrap));
        Filter escape = bound(Signature.positional("escape", 0, 0),
                (run, value, a) -> Html.escape(PythonText.str(value, run.budget()), run.budget()));
        all.put("escape", escape);
        all.put("e", escape);
        all.put("forceescape", bound(Signature.positional("forceescape", 0, 0),
                (run, value, a) -> Html.forceEscape(PythonText.str(value, run.budget()), run.budget())));
        all.put("safe", bound(Signature.positional("safe", 0, 0),
                (run, value, a) -> PythonText.str(value, run.budget()).asMarkup(true)));
        change(all, "striptags", Html::stripTags);
        all.put("urlencode", bound(Signature.positional("urlencode", 0, 0), TextFilters::urlEncode));
        all.put("xmlattr", bound(Signature.of("xmlattr", 0, "autospace"), TextFilters::xmlAttributes));
    }

    private static void change(Map<String, Filter> all, String name, UnaryOperator<String> change) {
        all.put(name, bound(Signature.positional(name, 0, 0), (run, value, a) -> {
            Text text = PythonText.str(value, run.budget());
            run.budget().spendText(text.characters().length(), 0);
            return text.map(change);
        }));
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int from = at;
            while (at < text.length() && partsWords(text.charAt(at))) {
                at++;
            }
            title.append(text, from, at);
            int word = at;
            while (at < text.length() && !partsWords(text.charAt(at))) {
                at++;
            }
            if (word < at) {
                int rest = text.offsetByCodePoints(word, 1);
                title.append(Characters.upper(text.substring(word, rest)))
                        .append(Characters.lower(text.substring(rest, at)));
            }
        }
        return title.toString();
    }

    private static boolean partsWords(char c) {
        return Characters.isSpace(c) || TITLE_SEPARATORS.indexOf(c) >= 0;
    }

    private static Value join(Run run, Value value, Bound arguments) {
        Text separator = arguments.get(0).map(d -> PythonText.str(d, run.budget())).orElse(Text.EMPTY);
        Optional<AttributePath> path = arguments.unlessNone(1).map(AttributePath::of);
        TextBuilder joined = new TextBuilder(run.budget());
        boolean first = true;
        for (Iterator<Value> each = Iteration.over(value, run.budget()); each.hasNext(); first = false) {
            Value item = each.next();
            if (!first) {
                joined.append(separator);
            }
            joined.append(PythonText.str(path.isPresent() ? path.get().of(item, run) : item, run.budget()));
            run.budget().spend(1);
        }
        return joined.toText();
    }

    private static Value indent(Run run, Value value, Bound arguments) {
        Text text = (Text) Arithmetic.ADD.apply(value, Text.of("\n"), run);
        Text indent = arguments.get(0).orElse(None.NONE) instanceof Text given
                ? given
                : (Text) Arithmetic.MULTIPLY.apply(Text.of(" "), arguments.get(0).orElse(Int.of(4)), run);
        boolean blank = arguments.flag(2);
        TextBuilder result = new TextBuilder(run.budget());
        boolean first = true;
        for (Text line : TextMethods.lines(text, false, run.budget())) {
            if (!first) {
                result.append("\n");
            }
            boolean indented = first ? arguments.flag(1) : blank || !line.isEmpty();
            if (indented) {
                result.append(indent);
            }
            result.append(line);
            first = false;
        }
        return result.toText().asMarkup(text.isMarkup());
    }

    private static Value truncate(Run run, Value value, Bound arguments) {
        int length = arguments.integer(0, 255);
        Text end = arguments.get(2).isEmpty() ? Text.of("...") : arguments.text(2);
        int leeway = arguments.unlessNone(3).map(Bound::integer).orElse(TRUNCATE_LEEWAY);
        if (length < end.length()) {
            throw Failure.runtime("expected length >= " + end.length() + ", got " + length);
        }
        if (leeway < 0) {
            throw Failure.runtime("expected leeway >= 0, got " + leeway);
        }
        if (Iteration.length(value) <= (long) length + leeway) {
            return value;
        }
        if (!(value instanceof Text text)) {
            throw Failure.runtime("truncate() takes a str, not " + Types.name(value));
        }
        Text kept = text.substring(0, text.index(length - end.length()));
        int space = arguments.flag(1) ? -1 : kept.characters().lastIndexOf(' ');
        return Html.concatenate(space < 0 ? kept : kept.substring(0, space), end, run.budget());
    }

    private static Value format(Run run, Value value, Arguments arguments) {
        Value argument = new TupleOf(arguments.positional());
        if (!arguments.named().isEmpty()) {
            if (!arguments.positional().isEmpty()) {
                throw Failure.runtime("can't handle positional and keyword arguments at the same time");
            }
            Dict named = new Dict();
            arguments.named().forEach((name, each) -> named.put(Text.of(name), each, run.budget()));
            argument = named;
        }
        return new PercentFormat(run, PythonText.str(value, run.budget()), argument).apply();
    }

    private static Value wrap(Run run, Value value, Bound arguments) {
        if (!(value instanceof Text text)) {
            Types.requireDefined(value);
            throw Failure.runtime("'" + Types.name(value) + "' object has no attribute 'splitlines'");
        }
        Text end = arguments.unlessNone(2).isPresent() ? arguments.text(2) : Text.of("\n");
        WordWrap wrap = new WordWrap(arguments.integer(0, 79), arguments.get(1).map(Types::isTrue).orElse(true),
                arguments.get(3).map(Types::isTrue).orElse(true), run.budget());
        TextBuilder wrapped = new TextBuilder(run.budget());
        boolean first = true;
        for (Text line : TextMethods.lines(text, false, run.budget())) {
            List<Text> parts = wrap.apply(line);
            // a line without words stays an empty line
            for (Text part : parts.isEmpty() ? List.of(Text.EMPTY) : parts) {
                if (!first) {
                    wrapped.append(end);
                }
                wrapped.append(part);
                first = false;
            }
        }
        return wrapped.toText();
    }

    private static Value urlEncode(Run run, Value value, Bound arguments) {
        if (value instanceof Text || !Iteration.isIterable(value)) {
            return quoted(value, "/", run.budget());
        }
        TextBuilder query = new TextBuilder(run.budget());
        Value pairs = value instanceof Dict dict ? new Value.View(Value.View.Kind.ITEMS, dict) : value;
        for (Iterator<Value> each = Iteration.over(pairs, run.budget()); each.hasNext();) {
            List<Value> pair = Iteration.toList(each.next(), run.budget());
            if (pair.size() != 2) {
                throw Failure.runtime("urlencode() takes pairs, not " + pair.size() + " values");
            }
            query.append(query.isEmpty() ? "" : "&").append(quoted(pair.get(0), "", run.budget())).append("=")
                    .append(quoted(pair.get(1), "", run.budget()));
        }
        return query.toText();
    }

    private static Text quoted(Value value, String safe, Budget budget) {
        Text text = PythonText.str(value, budget);
        StringBuilder quoted = new StringBuilder();
        for (byte b : text.characters().getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0 || safe.indexOf(c) >= 0)) {
                quoted.append(c);
            } else {
                quoted.append(c == ' ' && safe.isEmpty() ? "+" : "%%%02X".formatted((int) c));
            }
        }
        budget.spendText(quoted.length(), 0);
        return Text.of(quoted.toString(), text.origin());
    }

    private static Value xmlAttributes(Run run, Value value, Bound arguments) {
        if (!(value instanceof Dict dict)) {
            Types.requireDefined(value);
            throw Failure.runtime("'" + Types.name(value) + "' object has no attribute 'items'");
        }
        TextBuilder attributes = new TextBuilder(run.budget());
        boolean leading = arguments.get(0).map(Types::isTrue).orElse(true);
        for (Dict.Entry entry : dict.entries()) {
            if (entry.value() == None.NONE || entry.value() instanceof Undefined) {
                continue;
            }
            Text name = PythonText.str(entry.key(), run.budget());
            if (name.characters().chars().anyMatch(c -> " \t\n\r\f\u000b/>=".indexOf(c) >= 0)) {
                throw Failure.runtime("Invalid character in attribute name: "
                        + PythonText.repr(entry.key(), run.budget()));
            }
            attributes.append(attributes.isEmpty() && !leading ? "" : " ").append(Html.escape(name, run.budget()))
                    .append("=\"").append(Html.escape(PythonText.str(entry.value(), run.budget()), run.budget()))
                    .append("\"");
        }
        return attributes.toText();
    }
}
