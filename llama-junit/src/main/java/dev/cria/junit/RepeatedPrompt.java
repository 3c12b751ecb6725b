package dev.cria.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test of how a model behaves when it draws its tokens: it runs several times, each time with another seed, and must
 * succeed often enough.
 *
 * <pre>{@code
 * @RepeatedPrompt(value = 10, minSuccess = 8)
 * void isMostlyPolite(Chat chat) {
 *     assertThatAnswer(chat.user("Hello")).mentions("hello");
 * }
 * }</pre>
 *
 * <p>It ends as soon as the outcome is certain. A sample that fails while enough others can still succeed counts as
 * aborted in reports, not as failed. The seeds are {@link #firstSeed} and those that follow, so every run draws the
 * same samples.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@TestTemplate
@ExtendWith(RepeatedPromptExtension.class)
public @interface RepeatedPrompt {
    /** {@return how many samples to draw at most; at least 1} */
    int value();

    /** {@return how many of them must succeed; from 1 to {@link #value}} */
    int minSuccess();

    /** {@return the temperature, above 0; by default that of Meta's reference} */
    double temperature() default 0.6;

    /** {@return the seed of the first sample; each following one is 1 more} */
    long firstSeed() default 1;
}
