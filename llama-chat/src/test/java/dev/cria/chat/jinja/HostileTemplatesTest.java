package dev.cria.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.TemplateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that would take all time, memory or stack. How far they come is counted, so the outcome is always one. */
class HostileTemplatesTest {
    private static final String MUCH = "x\ud83d\ude00".repeat(300_000);

    private static Text run(String template) {
        return Program.parse(template).run(Map.of("much", MUCH), TemplateCase.NOW);
    }

    private static void assertStopped(String template, String reason) {
        assertThatThrownBy(() -> run(template)).isInstanceOf(TemplateException.class)
                .hasMessageMatching("(?s)line \\d+, column \\d+ of the chat template: .*" + reason + ".*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(100000) %}{% for j in range(100000) %}a{% endfor %}{% endfor %}",
        "{% macro f() %}{% for i in range(9) %}{{ f() if i < 5 else '' }}{% endfor %}{% endmacro %}"
                + "{% for i in range(100000) %}{% for j in range(100000) %}{{ j }}{% endfor %}{% endfor %}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}"
                + "{{ ns.a|tojson }}",
        "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}"
                + "{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
        "{% set ns = namespace(a='&') %}{% for i in range(99999) %}{% set ns.a = ns.a|forceescape %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = ns.a|replace('a', 'aa') %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = '%s%s' % (ns.a, ns.a) %}{% endfor %}",
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a]|join(ns.a) %}{% endfor %}",
        "{% for i in range(999) %}{% set x = range(99999)|sort(reverse=true)|list %}{% endfor %}",
        "{% for i in range(999) %}{% set x = range(99999)|join(', ') %}{% endfor %}",
        "{% for i in range(999) %}{% set x = range(99999)|map('string')|unique|list %}{% endfor %}",
        "{% for i in range(999) %}{% set x = range(99999)|map('string')|groupby(0)|list %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much|length %}{% set x = much[:9] %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much.upper() %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much|trim %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much|int %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much.startswith(much) %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much in much ~ 'a' %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much|list %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = much.split() %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = 1e-300|round(300) %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = '%.300f' % 1e-300 %}{% endfor %}",
        "{% for i in range(99999) %}{% for c in range(99999)|list %}{% break %}{% endfor %}{% endfor %}",
        "{{ ('a' * 4000000).find('a' * 2000000 ~ 'b') }}", "{{ [1]|batch(1000000000, 0)|list }}",
        "{{ [1]|slice(1000000000)|list }}", "{{ ('\t' * 10000).expandtabs(1000000) }}",
        "{{ [1] * 1000000000 }}", "{{ 'a' * 16000000 * 2 }}"})
    void areStoppedAfterTooManySteps(String template) {
        assertStopped(template, "too much");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ 'a' * 1000000000 }}", "{{ 'a'.center(1000000000) }}", "{{ 'a'|center(1000000000) }}",
        "{{ '%100000000d' % 1 }}", "{{ '%*d' % (1000000000, 1) }}",
        "{{ '{:>{w}}'.format(1, w=100000000) }}", "{{ 'a\nb'|indent(1000000000) }}",
        "{{ 'x'.zfill(100000000000000000000) }}"})
    void areStoppedBeforeATextBecomesTooLong(String template) {
        assertStopped(template, "characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(a=f()) %}{% endmacro %}{{ f() }}", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = (ns.a,) %}{% endfor %}{{ {ns.a: 1} }}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = [ns.a] %}{% endfor %}"
                + "{{ ns.a < ns.a ~ '' or ns.a|tojson }}",
        "{% set ns = namespace(a='a') %}{% for i in range(9999) %}{% set ns.a = ns.a|map('string') %}{% endfor %}"
                + "{{ ns.a|list }}",
        "{% set ns = namespace(a='a') %}{% for i in range(9999) %}{% set ns.a = ns.a|batch(1) %}{% endfor %}"
                + "{{ ns.a|list }}",
        "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}"})
    void areStoppedBeforeTheyAreNestedTooDeeply(String template) {
        assertThatThrownBy(() -> run(template)).isInstanceOf(TemplateException.class);
        assertStopped(template.replace("ns.a < ns.a ~ '' or ", ""), "nested too deeply");
    }

    static List<String> deepTexts() {
        return List.of(nested("{{ ", "(", "1", ")"), nested("{{ ", "[", "", "]"), nested("{{ ", "{1:", "1", "}"),
                nested("{{ ", "f(", "1", ")"), nested("{{ ", "f|e(", "1", ")"), nested("{{ ", "f[", "1", "]"),
                nested("{{ ", "f is eq(", "1", ")"), nested("{% set ", "(", "a", ")"), nested("{% for ", "(", "a", ")"),
                nested("{{ ", "-", "1", ""), nested("{{ ", "not ", "1", ""), nested("{{ ", "1 if 1 else ", "1", ""),
                nested("{{ 1", " + 1", "", ""), nested("{{ a", ".b", "", ""), nested("{{ a", "|e", "", ""),
                nested("{{ a", "()", "", ""), nested("{{ 2", " ** 2", "", ""), nested("{{ 2", " or 0", "", ""),
                "{% if 1 %}".repeat(9_000), "{% for a in b %}".repeat(5_000), "{% macro a() %}".repeat(5_000));
    }

    private static String nested(String begin, String open, String inside, String close) {
        return begin + open.repeat(8_000) + inside + close.repeat(8_000) + (begin.startsWith("{{") ? " }}" : " %}");
    }

    @ParameterizedTest
    @MethodSource("deepTexts")
    void deepTextsAreRefusedWithASmallStackToo(String template) throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(null, () -> {
            try {
                run(template);
            } catch (Throwable e) {
                thrown[0] = e;
            }
        }, "small stack", 512 * 1024);
        thread.start();
        thread.join();
        assertThat(thrown[0]).isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ range(100001) }}", "{{ range(10 ** 18) }}", "{{ 2 ** 1025 }}",
        "{{ 10.0 ** 1000 }}", "{{ '%.999999999f' % 1 }}", "{{ '{:.999999999f}'.format(1.0) }}", "{{ lipsum() }}"})
    void areRefusedNumbersThatAreTooLarge(String template) {
        assertStopped(template, "");
    }

    @Test
    void longLinesOfNothingAreReadAtOnce() {
        assertThat(run(" ".repeat(90_000) + "{%- if 1 %}x{% endif %}").characters()).isEqualTo("x");
        assertThat(run("{#".repeat(10) + "#}" + "{% raw %}{{{% endraw %}".repeat(3_000)).characters())
                .isEqualTo("{{".repeat(3_000));
        assertThatThrownBy(() -> run("{#".repeat(45_000))).hasMessageContaining("Missing end of comment tag");
        assertThatThrownBy(() -> run("x".repeat(100_001))).hasMessageContaining("at most 100000 characters");
    }
}
