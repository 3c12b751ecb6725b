package dev.cria.chat.jinja;

import dev.cria.chat.TemplateException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A template that has been read. Immutable and thread-safe. */
public final class Program {
    /** Several times the longest that are known. */
    private static final int LONGEST = 100_000;

    private final String source;
    private final List<Statement> statements;

    private Program(String source, List<Statement> statements) {
        this.source = source;
        this.statements = statements;
    }

    /**
     * Reads a template.
     *
     * @param text its text
     * @return the template
     * @throws TemplateException if it is not one; the message says where and why
     */
    public static Program parse(String text) {
        String source = Lexer.normalised(text);
        if (source.length() > LONGEST) {
            throw new TemplateException(TemplateException.Kind.SYNTAX, "a template has at most " + LONGEST
                    + " characters, not " + source.length(), 1, 1);
        }
        try {
            return new Program(source, Parser.parse(source));
        } catch (SyntaxFailure e) {
            throw failure(source, e.kind(), String.valueOf(e.getMessage()), e.at());
        }
    }

    /**
     * Runs the template.
     *
     * @param variables what it is given: null, Booleans, numbers, Strings, {@link Text}s, and Lists and Maps of such.
     *        What is written of a String counts as from {@link Text#OUTSIDE}
     * @param now what it is told if it asks for the time
     * @return what it writes
     * @throws TemplateException if it fails, refuses, or does too much
     * @throws IllegalArgumentException if a variable is none of the above
     */
    public Text run(Map<String, ? extends @Nullable Object> variables, LocalDateTime now) {
        Run run = new Run(new Budget(), now);
        Evaluator evaluator = new Evaluator(run);
        try {
            Scope scope = new Scope();
            // what is given costs nothing
            Budget given = new Budget();
            variables.forEach((name, value) -> scope.set(name, Values.of(value, given)));
            return new Interpreter(run, evaluator).write(statements, scope);
        } catch (Failure e) {
            throw failure(source, e.kind(), String.valueOf(e.getMessage()), evaluator.at());
        } catch (StackOverflowError e) {
            throw failure(source, TemplateException.Kind.RUNTIME,
                    "the template is nested too deeply for the stack of the thread", evaluator.at());
        }
    }

    private static TemplateException failure(String source, TemplateException.Kind kind, String message, int at) {
        String before = source.substring(0, Math.min(at, source.length()));
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        return new TemplateException(kind, message, line, before.length() - before.lastIndexOf('\n'));
    }
}
