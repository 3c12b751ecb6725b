package dev.cria.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class ask a language model. Constructors, lifecycle methods and test methods may have parameters of
 * these types:
 *
 * <ul>
 * <li>{@link dev.cria.model.LanguageModel}: the model, or what was recorded of it. It is loaded once for all tests of
 * the run that want the same and closed at its end; closing it in a test does no harm to others,
 * <li>{@link dev.cria.model.LlamaModel}: the same, with its vocabulary and weights, so never a recorded one,
 * <li>{@link dev.cria.model.Chat}: a fresh conversation,
 * <li>{@link dev.cria.tokenizer.Tokenizer}: that of the model, never of a recorded one,
 * <li>{@link Snapshots}: approved answers in files.
 * </ul>
 *
 * <pre>{@code
 * @LlamaTest
 * class CapitalsTest {
 *     @Test
 *     void knowsFrance(Chat chat) {
 *         assertThatAnswer(chat.user("What is the capital of France?")).mentions("Paris");
 *     }
 * }
 * }</pre>
 *
 * <p>Answers are the same in every run: the model takes the most probable token, or draws with the seed. Code under
 * test that sets these options itself gets what it sets.
 *
 * <p>When a test fails, what it asked the model is shown with the failure: rendered prompts, whole answers, seeds and
 * options.
 *
 * <p>Settings of a run are system properties or any other configuration parameters of the JUnit platform:
 * {@code cria.model}, {@code cria.transcripts} ({@code replay}, {@code record} or {@code live}), {@code cria.snapshots}
 * ({@code check} or {@code approve}) and {@code cria.test.resources}, the folder of transcripts and snapshots,
 * {@code src/test/resources} by default.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@ExtendWith({LlamaExtension.class, ExchangesExtension.class})
public @interface LlamaTest {
    /**
     * {@return which model} By default the one that {@code -Dcria.model=PATH} or else the environment variable
     * {@code CRIA_MODEL} names, or else the tiny model, which {@code tiny} names too. Otherwise a path as for
     * {@link dev.cria.model.LlamaModel#load}, in which <code>${name}</code> stands for a configuration parameter or
     * system property, or else for the environment variable of the name in upper case with underscores:
     * <code>${cria.model}</code> is {@code CRIA_MODEL}.
     */
    String model() default "";

    /**
     * {@return what becomes of the tests where that path, or that of an adapter, does not exist, or a name in it stands
     * for nothing}
     */
    MissingModel ifMissing() default MissingModel.FAIL;

    /** {@return the temperature; 0, the default, takes the most probable token} */
    double temperature() default 0;

    /** {@return the seed of the draws at higher temperatures} */
    long seed() default 1;

    /** {@return the most tokens of an answer, unless the code under test says otherwise} */
    int maxTokens() default 256;

    /**
     * {@return how many tokens prompt and answer may have together; 0, the default, for what the model was trained on}
     */
    int contextLength() default 0;

    /** {@return the name of the chat template; empty, the default, for the model's own} */
    String chatTemplate() default "";

    /**
     * {@return LoRA adapters that change the model, added up} Classes of tests with other adapters or other scales
     * share no model. One that does not exist is a missing model: see {@link #ifMissing}. None by default.
     */
    Lora[] lora() default {};

    /**
     * {@return a file in the resources folder with answers that were recorded earlier} If it is given, the tests run
     * without the model, on what {@code -Dcria.transcripts=record} wrote; {@code -Dcria.transcripts=live} asks the
     * model and leaves the file as it is. Several classes of tests, also in several processes, may share a file.
     * Empty, the default, for none.
     */
    String transcript() default "";
}
