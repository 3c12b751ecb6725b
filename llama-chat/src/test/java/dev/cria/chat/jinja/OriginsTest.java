package dev.cria.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.chat.TemplateException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a template does to a text that it is given, what comes of it does not count as the template's own. The texts
 * have characters that no template writes.
 */
class OriginsTest {
    private static final String GIVEN = "\ue000";

    private static @Nullable Object marked(@Nullable Object value) {
        return switch (value) {
            case String text -> GIVEN + text + GIVEN;
            case List<?> list -> list.stream().<@Nullable Object>map(OriginsTest::marked).toList();
            case Map<?, ?> map -> {
                Map<Object, @Nullable Object> marked = new LinkedHashMap<>();
                map.forEach((key, inner) -> marked.put(key, marked(inner)));
                yield marked;
            }
            case null, default -> value;
        };
    }

    private static Map<String, @Nullable Object> marked(Map<String, Object> context) {
        Map<String, @Nullable Object> marked = new LinkedHashMap<>();
        context.forEach((name, value) -> marked.put(name, marked(value)));
        return marked;
    }

    /** {@return whether the template wrote what it was given} */
    private static boolean keepsOrigins(String template, Map<String, Object> context, List<String> wrong) {
        try {
            Text text = Program.parse(template).run(marked(context), TemplateCase.NOW);
            if (text.pieces().stream().anyMatch(
                    piece -> piece.origin() == Text.TEMPLATE && piece.characters().contains(GIVEN))) {
                wrong.add(template + "\n  " + text.pieces());
            }
            return text.characters().contains(GIVEN);
        } catch (TemplateException e) {
            return false;
        }
    }

    private static final String TEXT = "a b<c>&" + GIVEN;

    private static void assertForeign(String template) {
        Text text = Program.parse(template).run(Map.of("s", TEXT), TemplateCase.NOW);
        // in upper case, as JSON and in addresses it is still to be seen
        assertThat(text.characters()).containsAnyOf(GIVEN, "%EE%80%80", "\\ue000");
        assertThat(text.pieces()).noneMatch(piece -> piece.origin() == Text.TEMPLATE
                && (piece.characters().contains(GIVEN) || piece.characters().contains("%80")
                        || piece.characters().contains("\\ue000")));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "s", "s.upper()", "s.lower()", "s.title()", "s.capitalize()", "s.swapcase()", "s.casefold()", "s.strip()",
        "s.strip('x')", "s.lstrip()", "s.rstrip()", "s.replace('b','c')", "'xax'.replace('a',s)", "s.split('b')",
        "s.rsplit('b',1)", "s.splitlines()", "s.partition('b')", "s.rpartition('b')", "s.join(['1','2'])",
        "','.join([s,s])", "s.center(30)", "s.ljust(30)", "s.rjust(30,'<')", "s.zfill(30)", "s.expandtabs()",
        "s.removeprefix('x')", "s.removesuffix('x')", "'{}'.format(s)", "'{:>30}'.format(s)",
        "'{x!r}'.format(x=s)", "s.format(1)", "'%s'%s", "'%30s'%s", "'%r'%s", "'%(a)s'%{'a':s}", "s[1:]",
        "s[::-1]", "s[-1]", "s*2", "s~1", "s+'x'", "'x'+s", "s|upper", "s|lower", "s|title", "s|capitalize",
        "s|trim", "s|replace('b','c')", "'xax'|replace('a',s)", "s|truncate(8,true,'')", "s|wordwrap(3)",
        "s|wordwrap(3,wrapstring=s)", "s|indent", "s|indent(s)", "s|center(40)", "s|e",
        "s|forceescape", "s|safe", "s|striptags", "s|string", "s|list", "s|last", "s|join(',')",
        "[1,2]|join(s)", "s|reverse", "s|reverse|list", "[s,'a']|sort", "[s,s]|unique|list",
        "[s]|map('upper')|list", "[s]|map('string')|first", "{'a':s}|dictsort", "{'a':s}|items|list",
        "{'a':s}.values()|list", "{s:1}.keys()|list", "{s:1}|list", "s|tojson", "[s,{'k':s}]|tojson",
        "{s:s}|tojson(indent=2)", "{'a':s}|xmlattr", "'%s'|format(s)", "s|urlencode", "nothing|default(s)",
        "[s]|max", "[s]|min", "[s,s]|batch(1)|list", "[s,s]|slice(1)|list",
        "[{'k':s}]|groupby('k')|list", "[{'k':s}]|map(attribute='k')|list", "[s]", "(s,)", "{'a':s}", "{s:s}",
        "[[s]]", "dict(a=s)", "namespace(a=s).a", "cycler(s).next()", "(s,s)|list",
        "s|e+'<'", "('<'|safe)+s", "s|escape|string", "s|wordcount~s", "s|count~s", "strftime_now(s)",
        "strftime_now('%Y' ~ s)", "dict(**{s:1})|list", "s|replace(s,s)", "s|format()"})
    void whatExpressionsMakeOfATextStaysForeign(String expression) {
        assertForeign("{{ " + expression + " }}");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% set x %}a{{ s }}b{% endset %}{{ x }}",
        "{% set x | upper %}{{ s }}{% endset %}{{ x }}",
        "{% filter replace(\"a\", \"b\") %}{{ s }}{% endfilter %}",
        "{% macro f(a, b=s) %}{{ a }}{{ b }}{% endmacro %}{{ f(s)|upper }}",
        "{% macro f() %}[{{ caller(s) }}]{% endmacro %}{% call(x) f() %}{{ x }}{% endcall %}",
        "{% for c in s %}{{ c }}{{ loop.previtem }}{{ loop.cycle(s, 1) }}{% endfor %}",
        "{% for a, b in [(s, s)] %}{{ a ~ b }}{% endfor %}",
        "{% set ns = namespace(x=\"\") %}{% for c in s %}{% set ns.x = ns.x + c %}{% endfor %}{{ ns.x }}",
        "{% for k, v in {s: s}.items() %}{{ k }}{{ v }}{% endfor %}",
        "{% macro f() %}{% for k in kwargs %}{{ k }}{% endfor %}{% endmacro %}{{ f(**{s: 1}) }}",
        "{% with x = s %}{{ x }}{% endwith %}",
        "{% generation %}{{ s }}{% endgeneration %}"})
    void whatStatementsMakeOfATextStaysForeign(String template) {
        assertForeign(template);
    }

    @NeedsFixtures
    @Test
    void whatTemplatesOfModelsAreGivenStaysForeign(Fixtures fixtures) {
        List<String> wrong = new ArrayList<>();
        int written = 0;
        for (JsonNode line : fixtures.jsonLines("jinja/cases.jsonl")) {
            Map<String, Object> context = TemplateCase.map(line.get("context"));
            written += keepsOrigins(line.get("template").textValue(), context, wrong) ? 1 : 0;
        }
        for (JsonNode model : fixtures.json("jinja/index.json").get("templates")) {
            String template = new String(fixtures.bytes("jinja/" + model.get("file").textValue()),
                    StandardCharsets.UTF_8);
            for (JsonNode dialog : fixtures.json("jinja/dialogs.json").get("dialogs")) {
                Map<String, Object> context = TemplateCase.map(dialog.get("context"));
                List<Map<String, Object>> messages = new ArrayList<>();
                for (JsonNode message : dialog.get("context").get("messages")) {
                    // templates ask for roles
                    Map<String, Object> fields = TemplateCase.map(message);
                    fields.put("role", Text.of(message.get("role").textValue()));
                    messages.add(fields);
                }
                context.put("messages", messages);
                written += keepsOrigins(template, context, wrong) ? 1 : 0;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(written).isGreaterThan(500);
    }
}
