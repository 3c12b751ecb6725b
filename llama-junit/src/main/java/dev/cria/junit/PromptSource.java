package dev.cria.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A table of cases for a {@link org.junit.jupiter.params.ParameterizedTest}: a resource that ends in {@code .csv}, with
 * a first line that names the columns, or in {@code .jsonl}, with one JSON object a line. UTF-8.
 *
 * <pre>{@code
 * @ParameterizedTest
 * @PromptSource("sentiment.csv")
 * void tellsTheSentiment(String sentence, Sentiment expected, LlamaModel model) {
 *     assertThat(new Classifier(model).classify(sentence)).isEqualTo(expected);
 * }
 * }</pre>
 *
 * <p>A parameter takes the column of its own name, so tests must be compiled with {@code -parameters}; or the first
 * parameter is a record, and then its components take the columns. The texts of a CSV file are converted as JUnit
 * converts them: to numbers, booleans, enum constants and so on. Every column must be taken by a parameter, and every
 * parameter that no extension provides must have a column.
 *
 * <p>Where not every case has to succeed, a parameter of one test takes the whole table, as a list of records:
 *
 * <pre>{@code
 * @Test
 * void tellsMostSentiments(@PromptSource("sentiment.csv") List<Row> rows, LlamaModel model) {
 *     Classifier classifier = new Classifier(model);
 *     assertThatCases(rows).passAtLeast(0.9,
 *             row -> assertThat(classifier.classify(row.sentence())).isEqualTo(row.expected()));
 * }
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
@ArgumentsSource(PromptArguments.class)
@ExtendWith(PromptTableResolver.class)
public @interface PromptSource {
    /**
     * {@return the name of the resource, relative to the package of the test, or absolute with a slash at the
     * beginning}
     */
    String value();
}
