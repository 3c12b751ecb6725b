package dev.cria.grammar;

import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.regular.PatternReader;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import dev.cria.grammar.schema.JsonTexts;
import dev.cria.grammar.schema.SchemaCompiler;
import dev.cria.grammar.syntax.Expression;
import dev.cria.grammar.syntax.GbnfReader;
import dev.cria.grammar.syntax.Network;
import dev.cria.grammar.syntax.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What a text must look like. A value: two grammars are equal if they were made of the same things. It is checked when
 * it is made. {@link TokenTable#constrain} binds it to the tokens of a model. Immutable and thread-safe.
 */
public final class Grammar {
    /** What it was made of: what equality is about. */
    private final List<Object> source;
    private final Rule root;
    private final List<String> warnings;

    private Grammar(List<Object> source, Rule root, List<String> warnings) {
        this.source = source;
        this.root = root;
        this.warnings = warnings;
    }

    /**
     * {@return a grammar in llama.cpp's GBNF, whose start rule is {@code root}} Everything of its syntax but literal
     * tokens ({@code <[1]>}) is understood; rules may also be left recursive.
     *
     * @param text rules such as {@code root ::= "yes" | "no"}
     * @throws GrammarException if it is malformed, a rule is not defined or cannot end; with line, column and rule
     */
    public static Grammar gbnf(String text) {
        GbnfReader.Result result = GbnfReader.read(text);
        return new Grammar(List.of("gbnf", text), result.root(),
                result.unused().stream().map(name -> "GBNF: the rule " + name + " is never used").toList());
    }

    /**
     * {@return all texts that a regular expression matches as a whole}
     *
     * @param pattern in the syntax of ECMAScript, with lookahead, without references to groups, lookbehind and word
     *        boundaries; {@code \d} and {@code \w} are ASCII
     * @throws GrammarException if it is malformed or not supported, with the column, or matches no text
     */
    public static Grammar regex(String pattern) {
        Regex regex = PatternReader.read(pattern).matching(TextEncoding.UTF8);
        return regular(List.of("regex", pattern), regex, "the regular expression " + pattern + " matches no text");
    }

    /**
     * {@return one of several texts}
     *
     * @param choices at least one
     * @throws GrammarException if there is none
     */
    public static Grammar choices(String... choices) {
        return choices(Arrays.asList(choices));
    }

    /**
     * {@return one of several texts}
     *
     * @param choices at least one
     * @throws GrammarException if there is none
     */
    public static Grammar choices(List<String> choices) {
        return regular(List.of("choices", List.copyOf(choices)),
                Regex.choice(choices.stream().map(TextEncoding.UTF8::literal).toList()),
                "expected at least one choice that can be written as UTF-8, found " + choices);
    }

    /** {@return any text, also the empty one} */
    public static Grammar text() {
        return regex("[^]*");
    }

    private static Grammar regular(List<Object> source, Regex regex, String problem) {
        Rule root = Rule.of("root", new Expression.Terminal(regex));
        if (Network.productive(List.of(root)).isEmpty()) {
            throw new GrammarException(problem);
        }
        return new Grammar(source, root, List.of());
    }

    /**
     * {@return any JSON text (RFC 8259)} At most 16 blanks or line ends stand at one place, so that no model goes on
     * with nothing else.
     */
    public static Grammar json() {
        return new Grammar(List.of("json"), JsonTexts.anyStyle(), List.of());
    }

    /**
     * {@return the JSON texts that a schema allows, with the options' defaults}
     *
     * @param schema JSON Schema, draft 2020-12 or 7 (and what of drafts 4 to 2019-09 is the same)
     * @throws GrammarException if it is malformed, allows nothing, or says what cannot be enforced
     */
    public static Grammar jsonSchema(String schema) {
        return jsonSchema(schema, SchemaOptions.DEFAULT);
    }

    /**
     * {@return the JSON texts that a schema allows}
     *
     * @param schema JSON Schema, draft 2020-12 or 7 (and what of drafts 4 to 2019-09 is the same)
     * @param options how texts are written and what happens to keywords that cannot be enforced
     * @throws GrammarException if it is malformed, allows nothing, or says what cannot be enforced
     */
    public static Grammar jsonSchema(String schema, SchemaOptions options) {
        SchemaCompiler.Result result = SchemaCompiler.compile(schema, options.lenient(), options.anyOrder());
        return new Grammar(List.of("schema", schema, options), result.root(), result.warnings());
    }

    /** {@return texts of this grammar followed by those of another} */
    public Grammar then(Grammar next) {
        return combined("then", List.of(this, next), Expression.apart(reference(), next.reference()));
    }

    /** {@return texts of this grammar and those of another} */
    public Grammar or(Grammar other) {
        return combined("or", List.of(this, other),
                new Expression.Choice(List.of(reference(), other.reference())));
    }

    private static Grammar combined(String how, List<Grammar> parts, Expression body) {
        List<Object> source = new ArrayList<>(List.of(how));
        source.addAll(parts);
        return new Grammar(source, Rule.of("root", body),
                parts.stream().flatMap(part -> part.warnings.stream()).toList());
    }

    private Expression reference() {
        return new Expression.Reference(root);
    }

    /** {@return what is odd but not wrong: rules that are never used, keywords that are not enforced} */
    public List<String> warnings() {
        return warnings;
    }

    Network network() {
        return new Network(root);
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Grammar other && source.equals(other.source);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source);
    }

    @Override
    public String toString() {
        return "Grammar" + source;
    }
}
