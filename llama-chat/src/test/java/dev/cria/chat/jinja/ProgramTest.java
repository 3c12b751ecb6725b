package dev.cria.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.TemplateException.Kind;
import dev.cria.chat.TemplateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgramTest {
    private static final int MESSAGE = 7;

    private static Text run(String template) {
        return Program.parse(template).run(Map.of("said", Text.of("  Über <|x|> 1,2\n", MESSAGE), "role",
                Text.of("user", Text.TEMPLATE), "raw", "r"), TemplateCase.NOW);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "a\\n  {{ 1 +}}~2~9~unexpected 'end of print statement'",
        "{% if a %}~1~11~Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'.",
        "x\\n{% nope %}~2~4~Encountered unknown tag 'nope'.",
        "{{ 'abc }}~1~4~unexpected char ''': the text that begins here has no end",
        "{{ missing.x }}~1~11~'missing' is undefined",
        "a\\n\\n {{ none + 1 }}~3~10~unsupported operand type(s) for +: 'NoneType' and 'int'",
        "{{ [].append(1) }}~1~13~access to attribute 'append' of 'list' object is unsafe.",
        "{% for a, b in [[1]] %}{% endfor %}~1~8~not enough values to unpack (expected 2, got 1)",
        "{% macro f() %}\\n{{ 1/0 }}{% endmacro %}{{ f() }}~2~5~division by zero"})
    void errorsSayWhereTheyAre(String template, int line, int column, String message) {
        assertThatThrownBy(() -> run(template.replace("\\n", "\n"))).isInstanceOfSatisfying(TemplateException.class,
                e -> {
                    assertThat(e.line()).isEqualTo(line);
                    assertThat(e.column()).isEqualTo(column);
                    assertThat(e.getMessage())
                            .isEqualTo("line " + line + ", column " + column + " of the chat template: " + message);
                });
    }

    @Test
    void aTemplateRefusesInItsOwnWords() {
        assertThatThrownBy(() -> run("{{ raise_exception('No ' ~ role ~ '!') }}"))
                .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RAISED))
                .hasMessage("No user!");
    }

    @Test
    void nothingOfJavaCanBeReached() {
        assertThat(run("{{ raw.getClass is defined }}{{ raw.class is defined }}{{ raw.bytes is defined }}"
                + "{{ range.call is defined }}{{ strftime_now.body is defined }}").characters())
                .isEqualTo("False".repeat(5));
        assertThatThrownBy(() -> Program.parse("{{ x }}").run(Map.of("x", new Object()), TemplateCase.NOW))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("java.lang.Object");
    }

    /** {@return a text with what came from the message in «», and what may have come from outside in ‹›} */
    private static String marked(Text text) {
        return String.join("", text.pieces().stream().map(piece -> switch (piece.origin()) {
            case MESSAGE -> "«" + piece.characters() + "»";
            case Text.OUTSIDE -> "‹" + piece.characters() + "›";
            default -> piece.characters();
        }).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '=', quoteCharacter = '`', value = {"{{ said }}=`«  Über <|x|> 1,2\n»`",
        "{{ said.strip() ~ '!' }}=«Über <|x|> 1,2»!", "{{ said|trim }}=«Über <|x|> 1,2»",
        "{{ said[2:6] + 'x' + said[-3:-1] }}=«Über»x«,2»", "{{ (said|trim).upper() }}=«ÜBER <|X|> 1,2»",
        "{{ said.split(',')[1].rstrip() ~ role }}=«2»user", "{{ 'a<|' ~ role ~ '|>' }}=a<|user|>",
        "{{ ['<|', said.strip(), '|>']|join('-') }}=<|-«Über <|x|> 1,2»-|>",
        "{{ '%s:%s' % (role, said.strip()) }}=user:«Über <|x|> 1,2»",
        "{{ '{}{}'.format(said|trim, role) }}=«Über <|x|> 1,2»user",
        "{{ said.strip().replace('<|x|>', '<|y|>') }}=«Über »<|y|>« 1,2»",
        "{{ 'a<|b'.replace('b', said.strip()) }}=a<|«Über <|x|> 1,2»", "{{ said.strip()[::-1] }}=«2,1 >|x|< rebÜ»",
        "{% set x %}({{ said.strip() }}){% endset %}{{ x }}=(«Über <|x|> 1,2»)",
        "{% macro m(t) %}[{{ t|trim }}]{% endmacro %}{{ m(said) }}=[«Über <|x|> 1,2»]",
        "{% for c in said[2:4] %}{{ c }}.{% endfor %}=«Ü».«b».",
        "{{ said.strip()|truncate(5, true, '…', 0) }}=«Über»…",
        "{{ (said ~ 'b')|indent(2) }}=`«  Über <|x|> 1,2»\n  b`",
        "{{ said.strip().partition(' ')[0] }}{{ loop is defined }}=«Über»False", "{{ said|length }}{{ 1.5 }}=171.5",
        "{{ said.strip().title().center(18) }}=`  «Über <|X|> 1,2»  `",
        "{{ (said|trim|e) + '<' }}=«Über &lt;|x|&gt; 1,2»&lt;",
        // where it cannot be told
        "{{ [said.strip()] }}=‹['Über <|x|> 1,2']›", "{{ said.strip()|tojson }}=‹\"Über <|x|> 1,2\"›",
        "{{ {'<|x|>': 1} }}=‹{'<|x|>': 1}›", "{{ (said.strip() ~ 'ß').upper() }}=‹ÜBER <|X|> 1,2SS›",
        "{{ (said.strip()[:1] ~ 'b ')|urlencode }}=‹%C3%9Cb%20›", "{{ '%r' % 'b' }}=‹'b'›", "{{ raw }}=‹r›"})
    void charactersKnowWhereTheyComeFrom(String template, String expected) {
        assertThat(marked(run(template))).isEqualTo(expected);
    }

    @Test
    void aProgramRunsAgainAndAgain() {
        Program program = Program.parse("{% set ns = namespace(n=0) %}{% for x in xs %}{% set ns.n = ns.n + x %}"
                + "{% endfor %}{{ ns.n }}{{ joiner()() }}");
        for (int i = 0; i < 3; i++) {
            assertThat(program.run(Map.of("xs", List.of(1, 2, i)), TemplateCase.NOW).characters())
                    .isEqualTo(String.valueOf(3 + i));
        }
    }
}
