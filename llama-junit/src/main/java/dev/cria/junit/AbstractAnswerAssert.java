package dev.cria.junit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.model.LanguageModel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ObjectAssert;

/**
 * What can be asserted of the text of an answer.
 *
 * @param <S> the type of the assertion
 * @param <A> the type of the answer
 */
public abstract class AbstractAnswerAssert<S extends AbstractAnswerAssert<S, A>, A> extends AbstractAssert<S, A> {
    AbstractAnswerAssert(A actual, Class<S> type) {
        super(actual, type);
    }

    /** {@return the text of the answer} */
    abstract String answer();

    /** {@return prompt, answer, seed and options, as far as they are known, for failures} */
    abstract String circumstances();

    AssertionError wrong(String problem) {
        return failure("%s", message(problem));
    }

    /** A failure whose two texts development tools show side by side. */
    AssertionError different(String problem, String found, String expected) {
        return failureWithActualExpected(found, expected, "%s", message(problem));
    }

    private String message(String problem) {
        return problem.strip() + "\n" + circumstances();
    }

    /**
     * Checks that the answer contains some words one after the other, whatever their case and the punctuation and white
     * space around and between them. Only whole words count.
     *
     * @param words the words
     * @return this
     */
    public S mentions(String words) {
        requireWords(words);
        if (!PlainWords.contain(answer(), words)) {
            throw wrong("The answer should mention \"" + words + "\", but does not.");
        }
        return myself;
    }

    /**
     * Checks that the answer contains at least one of some words or phrases, as {@link #mentions} does.
     *
     * @param alternatives words or phrases, at least one
     * @return this
     */
    public S mentionsAnyOf(String... alternatives) {
        Arrays.stream(alternatives).forEach(AbstractAnswerAssert::requireWords);
        if (Arrays.stream(alternatives).noneMatch(words -> PlainWords.contain(answer(), words))) {
            throw wrong("The answer should mention any of " + quoted(alternatives) + ", but mentions none.");
        }
        return myself;
    }

    /**
     * Checks that the answer contains none of some words or phrases, compared as {@link #mentions} does.
     *
     * @param phrases words or phrases, at least one
     * @return this
     */
    public S doesNotMention(String... phrases) {
        for (String words : phrases) {
            requireWords(words);
            if (PlainWords.contain(answer(), words)) {
                throw wrong("The answer should not mention \"" + words + "\", but does.");
            }
        }
        return myself;
    }

    private static void requireWords(String words) {
        if (PlainWords.of(words).isEmpty()) {
            throw new IllegalArgumentException("there is no word in \"" + words + "\" that an answer could mention");
        }
    }

    private static List<String> quoted(String... texts) {
        return Arrays.stream(texts).map(text -> '"' + text + '"').toList();
    }

    /**
     * Checks that the answer is a text, whatever the case, the punctuation and the white space.
     *
     * @param text the text
     * @return this
     */
    public S reads(String text) {
        if (!PlainWords.of(answer()).equals(PlainWords.of(text))) {
            throw different("The answer should read \"" + text + "\", but reads differently.", answer(), text);
        }
        return myself;
    }

    /**
     * Checks that the words of the answer, in lower case and with one space between them, match a regular expression as
     * a whole.
     *
     * @param pattern matched without regard to case
     * @return this
     */
    public S readsLike(String pattern) {
        int flags = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
        String words = PlainWords.of(answer());
        if (!Pattern.compile(pattern, flags).matcher(words).matches()) {
            throw wrong("The words of the answer, \"" + words + "\", should match " + pattern + ", but do not.");
        }
        return myself;
    }

    /**
     * Checks that the answer is a text, character for character.
     *
     * @param text the text
     * @return this
     */
    public S isExactly(String text) {
        if (!answer().equals(text)) {
            throw different("The answer should be exactly \"" + text + "\", but is not.", answer(), text);
        }
        return myself;
    }

    /**
     * Checks that the answer is a JSON object with exactly the components of a record: each is there and of its type (a
     * number in quotes is no number), none is null or there twice, and there is nothing else, within the object or
     * around it. Only a component of type {@link Optional} may be missing or null. Dates and times of {@code java.time}
     * are texts in ISO format.
     *
     * @param type a record, or another type that Jackson can read
     * @return this
     */
    public S isJson(Class<?> type) {
        read(type, StrictJson.EXACT);
        return myself;
    }

    /**
     * Checks as {@link #isJson(Class)} does, for types that a mapper of your own reads, with its modules, names and
     * formats. It is as strict as with Cria's mapper, also where yours is not; where you want to accept more, read the
     * text of the answer yourself.
     *
     * @param type a record, or another type that the mapper can read
     * @param mapper the mapper; it stays as it is
     * @return this
     */
    public S isJson(Class<?> type, ObjectMapper mapper) {
        read(type, StrictJson.exact(mapper));
        return myself;
    }

    /**
     * Checks as {@link #isJson(Class)} does, and goes on with the value.
     *
     * @param type a record, or another type that Jackson can read
     * @param <R> that type
     * @return assertions of the value
     */
    public <R> ObjectAssert<R> asJson(Class<R> type) {
        return assertThatValue(read(type, StrictJson.EXACT));
    }

    /**
     * Checks as {@link #isJson(Class, ObjectMapper)} does, and goes on with the value.
     *
     * @param type a record, or another type that the mapper can read
     * @param mapper the mapper; it stays as it is
     * @param <R> that type
     * @return assertions of the value
     */
    public <R> ObjectAssert<R> asJson(Class<R> type, ObjectMapper mapper) {
        return assertThatValue(read(type, StrictJson.exact(mapper)));
    }

    private <R> ObjectAssert<R> assertThatValue(R value) {
        return Assertions.assertThat(value).as("%s", circumstances());
    }

    private <R> R read(Class<R> type, ObjectMapper mapper) {
        try {
            R value = mapper.readValue(answer(), type);
            if (value == null) {
                throw wrong("The answer should be JSON of a " + type.getSimpleName() + ", but is null.");
            }
            return value;
        } catch (JacksonException e) {
            throw wrong("The answer should be JSON of a " + type.getSimpleName() + ", but is not: "
                    + StrictJson.problem(e));
        }
    }

    /**
     * Checks that the answer is the one that was approved, character for character; only line ends count the same on
     * every system.
     *
     * @param snapshots the approved answers of the class of tests
     * @param name name of the snapshot
     * @return this
     */
    public S matchesSnapshot(Snapshots snapshots, String name) {
        String found = PortableText.of(answer());
        Optional<String> approved = snapshots.approved(name, found);
        String hint = "Run the test with -Dcria.snapshots=approve to approve this answer.";
        if (approved.isEmpty()) {
            throw wrong("There is no approved answer " + snapshots.file(name) + ". " + hint);
        }
        if (!approved.get().equals(found)) {
            throw different("The answer is not the approved one in " + snapshots.file(name) + ":\n"
                    + ExchangeText.indented(approved.get()) + hint, found, approved.get());
        }
        return myself;
    }

    /**
     * Checks that the answer means about the same as another text: that the cosine between their embeddings is at least
     * so large. What is large depends on the model; even unrelated texts of most models have a cosine far above 0.
     * Where you can, compare with {@link #isCloserTo} instead.
     *
     * @param model the model that embeds both
     * @param text the other text
     * @param minCosine from -1 to 1
     * @return this
     */
    public S isCloseTo(LanguageModel model, String text, double minCosine) {
        double cosine = Cosine.between(model.embed(answer()), model.embed(text));
        if (!(cosine >= minCosine)) {
            throw wrong(String.format(Locale.ROOT,
                    "The answer should be close to \"%s\", with a cosine of at least %.4f, but has %.4f.", text,
                    minCosine, cosine));
        }
        return myself;
    }

    /**
     * Checks that the answer is closer in meaning to one text than to another: that the cosine between their embeddings
     * is larger.
     *
     * @param model the model that embeds all
     * @param near the text that should be closer
     * @param far the other one
     * @return this
     */
    public S isCloserTo(LanguageModel model, String near, String far) {
        float[] embedding = model.embed(answer());
        double toNear = Cosine.between(embedding, model.embed(near));
        double toFar = Cosine.between(embedding, model.embed(far));
        if (!(toNear > toFar)) {
            throw wrong(String.format(Locale.ROOT,
                    "The answer should be closer to \"%s\" than to \"%s\", but the cosines are %.4f and %.4f.", near,
                    far, toNear, toFar));
        }
        return myself;
    }
}
