package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static dev.cria.junit.LlamaAssertions.assertThatChoice;
import static dev.cria.junit.LlamaAssertions.assertThatPrompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.AssertionFailedError;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LlamaAssertionsTest {
    private static final GenerationResult PARIS = answer("It is 100% Paris, of course.");

    private LlamaModel model;

    @BeforeAll
    void load(@TempDir Path folder) {
        model = LlamaModel.load(BigramModel.saying("Yes", "sir").after("]", "\u2581No", 0.25)
                .after("]", "\u2581Yes", 0.75)
                .after("\u2581Yes", "</s>", 0.5).after("\u2581Yes", "\u2581sir", 0.5).write(folder.resolve("m.gguf")));
    }

    @AfterAll
    void close() {
        model.close();
    }

    private static GenerationResult answer(String text) {
        return new GenerationResult(text, List.of(5, 6, 7), List.of(1, 2), FinishReason.MAX_TOKENS,
                new Timings(2, 0, Duration.ZERO, 3, Duration.ZERO, Duration.ZERO, 0, 0), List.of(), OptionalLong.of(42),
                "<s>[INST] What is the capital of France? [/INST]",
                new LinkedHashMap<>(Map.of("temperature", "0.5")), 0);
    }

    private static void assertFails(ThrowingCallable assertion, String... parts) {
        assertThatThrownBy(assertion).isInstanceOf(AssertionError.class).hasMessageContainingAll(parts);
    }

    @Test
    void aFailureShowsPromptAnswerSeedAndOptions() {
        assertThatThrownBy(() -> assertThatAnswer(PARIS).mentions("London")).isInstanceOf(AssertionError.class)
                .hasMessage("""
                        The answer should mention "London", but does not.
                        Prompt (2 tokens):
                            <s>[INST] What is the capital of France? [/INST]
                        Answer (3 tokens, MAX_TOKENS):
                            It is 100% Paris, of course.
                        Seed 42, options {temperature=0.5}""");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            It is Paris!           | paris
            PARIS                  | Paris.
            In "New  York",\tUSA.  | new york usa
            Don’t worry            | don't
            It costs 3.50.         | 3.50
            Ａｂｃ                   | abc
            naïve Ärger            | ÄRGER
            a - b                  | A, b
            """)
    void wordsAreFoundWhateverTheirCaseAndPunctuation(String text, String words) {
        assertThatAnswer(text).mentions(words).mentionsAnyOf("something else", words);
        assertFails(() -> assertThatAnswer(text).doesNotMention("nothing", words), "should not mention", words);
    }

    @ParameterizedTest
    @CsvSource({"Parisian food, Paris", "a b, ab", "3.5, 35", "one two, two one"})
    void onlyWholeWordsInTheirOrderCount(String text, String words) {
        assertThatAnswer(text).doesNotMention(words);
        assertFails(() -> assertThatAnswer(text).mentionsAnyOf(words, "xyz"), "any of [\"" + words + "\", \"xyz\"]");
    }

    @Test
    void wordsMustBeWords() {
        assertThatThrownBy(() -> assertThatAnswer("a").mentions("?!")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no word in \"?!\"");
    }

    @Test
    void wholeTextsAreComparedAsWordsOrExactly() {
        assertThatAnswer(PARIS).reads("it is 100 paris of course").readsLike("it is \\d+ (PARIS|lyon) .*")
                .isExactly("It is 100% Paris, of course.");
        assertFails(() -> assertThatAnswer(PARIS).reads("It is Paris"), "should read \"It is Paris\"", "Seed 42");
        assertFails(() -> assertThatAnswer(PARIS).readsLike("paris"), "it is 100 paris of course", "match paris");
        assertThatThrownBy(() -> assertThatAnswer(PARIS).isExactly("It is 100% Paris"))
                .isInstanceOfSatisfying(AssertionFailedError.class, error -> {
                    assertThat(error.getExpected().getStringRepresentation()).isEqualTo("It is 100% Paris");
                    assertThat(error.getActual().getStringRepresentation()).isEqualTo(PARIS.text());
                });
    }

    /** What JSON should be. */
    record Person(String name, int age, List<String> cities) {}

    @Test
    void jsonMustHaveExactlyTheComponentsOfTheRecord() {
        assertThatAnswer("{\"name\": \"Anna\", \"age\": 30, \"cities\": [\"Rome\"]}").isJson(Person.class)
                .asJson(Person.class).isEqualTo(new Person("Anna", 30, List.of("Rome")));
        assertFails(() -> assertThatAnswer(answer("{\"name\": \"Anna\", \"age\": 30}")).isJson(Person.class),
                "JSON of a Person, but is not", "cities", "Seed 42");
        assertFails(() -> assertThatAnswer(
                "{\"name\": \"Anna\", \"age\": \"old\", \"cities\": []}").isJson(Person.class), "old", "age");
        assertFails(() -> assertThatAnswer(
                "{\"name\": \"Anna\", \"age\": 3, \"cities\": [], \"job\": 1}").isJson(Person.class), "job");
        for (String age : List.of("\"30\"", "30.5", "true", "30, \"age\": 30")) {
            assertFails(() -> assertThatAnswer("{\"name\": \"Anna\", \"age\": " + age + ", \"cities\": []}")
                    .isJson(Person.class), "JSON of a Person, but is not", "age");
        }
        for (String name : List.of("5", "5.5", "false", "[\"Anna\"]")) {
            assertFails(() -> assertThatAnswer("{\"name\": " + name + ", \"age\": 3, \"cities\": []}")
                    .isJson(Person.class), "JSON of a Person, but is not", "name");
        }
        assertFails(() -> assertThatAnswer("{\"name\": null, \"age\": 3, \"cities\": []}").isJson(Person.class),
                "name");
        assertFails(() -> assertThatAnswer("{\"name\": \"A\", \"age\": null, \"cities\": []}").isJson(Person.class),
                "null");
        assertFails(() -> assertThatAnswer("{\"name\": \"A\", \"age\": 3, \"cities\": []} Done.").isJson(Person.class),
                "Done");
        assertFails(() -> assertThatAnswer("null").isJson(Person.class), "is null");
        assertFails(() -> assertThatAnswer("").isJson(Person.class), "JSON of a Person");
        assertFails(() -> assertThatAnswer(answer("{\"name\": \"Anna\", \"age\": 30, \"cities\": []}"))
                .asJson(Person.class).isEqualTo(new Person("Bert", 1, List.of())), "Seed 42", "Bert");
    }

    /** What JSON should be, with other types. */
    record Invoice(LocalDate day, BigDecimal price, Optional<String> note, Optional<Integer> copies,
            OffsetDateTime sent) {}

    @Test
    void jsonMayHaveDatesDecimalsAndOptionals() {
        String sent = "\"sent\": \"2026-11-30T10:00:00+02:00\"";
        Invoice invoice = new Invoice(LocalDate.of(2026, 11, 30), new BigDecimal("12.50"), Optional.of("urgent"),
                Optional.empty(), OffsetDateTime.of(2026, 11, 30, 10, 0, 0, 0, ZoneOffset.ofHours(2)));
        for (String copies : List.of("", ", \"copies\": null")) {
            assertThatAnswer("{\"day\": \"2026-11-30\", \"price\": 12.50, \"note\": \"urgent\", " + sent + copies + "}")
                    .isJson(Invoice.class).asJson(Invoice.class).isEqualTo(invoice);
        }
        for (String wrong : List.of("\"day\": \"30 November\", \"price\": 12.50", "\"day\": 20787, \"price\": 1",
                "\"day\": \"\", \"price\": 1", "\"day\": \"2026-11-30T10:00:00\", \"price\": 1",
                "\"day\": null, \"price\": 1", "\"price\": 1")) {
            assertFails(() -> assertThatAnswer("{" + wrong + ", " + sent + "}").isJson(Invoice.class),
                    "JSON of a Invoice, but is not", "day");
        }
        for (String wrong : List.of("\"12.50\"", "null", "true")) {
            assertFails(() -> assertThatAnswer("{\"day\": \"2026-11-30\", \"price\": " + wrong + ", " + sent + "}")
                    .isJson(Invoice.class), "JSON of a Invoice, but is not", "price");
        }
        assertFails(() -> assertThatAnswer("{\"day\": \"2026-11-30\", \"price\": 1, \"copies\": \"3\", " + sent + "}")
                .isJson(Invoice.class), "copies");
        assertFails(() -> assertThatAnswer("{\"day\": \"2026-11-30\", \"price\": 1, \"note\": 3, " + sent + "}")
                .isJson(Invoice.class), "note");
    }

    /** What JSON should be, with a name that only a mapper of one's own knows. */
    record Parcel(String trackingNumber, Duration delay) {}

    @Test
    void jsonIsReadByAMapperOfOnesOwnAsStrictly() {
        ObjectMapper mapper = JsonMapper.builder().addModule(new SimpleModule().addDeserializer(Duration.class,
                new StdDeserializer<>(Duration.class) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public Duration deserialize(JsonParser parser, DeserializationContext context)
                            throws IOException {
                        return Duration.ofDays(parser.getIntValue());
                    }
                })).propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
        assertThatAnswer("{\"tracking_number\": \"A1\", \"delay\": 2}").isJson(Parcel.class, mapper)
                .asJson(Parcel.class, mapper).isEqualTo(new Parcel("A1", Duration.ofDays(2)));
        for (String wrong : List.of("\"tracking_number\": 1, \"delay\": 2", "\"trackingNumber\": \"A1\", \"delay\": 2",
                "\"delay\": 2", "\"tracking_number\": null, \"delay\": 2",
                "\"tracking_number\": \"A1\", \"tracking_number\": \"A2\", \"delay\": 2")) {
            assertFails(() -> assertThatAnswer("{" + wrong + "}").isJson(Parcel.class, mapper),
                    "JSON of a Parcel, but is not", "tracking");
        }
        assertFails(() -> assertThatAnswer("{\"tracking_number\": \"A1\", \"delay\": 2} Done.").isJson(Parcel.class,
                mapper), "Done");
        assertThat(mapper.getDeserializationConfig().isEnabled(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES))
                .isFalse();
    }

    @Test
    void budgetsAndReasons() {
        assertThatAnswer(PARIS).hasAtMostTokens(3).hasPromptOfAtMostTokens(2).finishedBy(FinishReason.MAX_TOKENS)
                .finishedBy(FinishReason.STOP_TOKEN, FinishReason.MAX_TOKENS);
        assertFails(() -> assertThatAnswer(PARIS).hasAtMostTokens(2), "at most 2 tokens, but has 3", "Seed 42");
        assertFails(() -> assertThatAnswer(PARIS).hasPromptOfAtMostTokens(1), "at most 1 tokens, but has 2");
        assertFails(() -> assertThatAnswer(PARIS).isComplete(), "STOP_TOKEN", "was finished by MAX_TOKENS");
        assertFails(() -> assertThatAnswer(PARIS).finishedBy(FinishReason.TIMEOUT), "finished by TIMEOUT");
    }

    @Test
    void promptsAreComparedAsTheTemplateWritesThem() {
        assertThatAnswer(PARIS).hasPrompt("<s>[INST] What is the capital of France? [/INST]");
        assertFails(() -> assertThatAnswer(PARIS).hasPrompt("<s>[INST] What? [/INST]"), "from character 14 on",
                "Seed 42");
        Dialog dialog = Dialog.of(Message.system("Be brief."), Message.user("Hi"));
        assertThatPrompt(ChatTemplate.named("vicuna").render(dialog)).rendersTo("<s>Be brief. USER: Hi ASSISTANT:");
        assertThatPrompt(model, dialog).rendersTo("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST]")
                .hasAtMostTokens(model.tokenizer(), 60);
        assertFails(() -> assertThatPrompt(model, dialog).rendersTo("<s>[INST] Hi [/INST]"), "from character 10 on",
                "<<SYS>>");
        assertFails(() -> assertThatPrompt(model, dialog).hasAtMostTokens(model.tokenizer(), 10),
                "at most 10 tokens, but has", "Be brief.");
    }

    @Test
    void choicesHaveTheProbabilitiesThatTheModelGivesThem() {
        // Yes and the end 0.75 * 0.5, Yes sir 0.75 * 0.5, No and the end 0.25
        Dialog dialog = Dialog.of(Message.user("Is it?"));
        ChoiceProbabilities choices = ChoiceProbabilities.of(model, dialog, "Yes", "No");
        assertThat(choices.probabilities().sequencedValues().getFirst()).isCloseTo(0.6, within(1e-5));
        assertThat(choices.probabilities().sequencedValues().getLast()).isCloseTo(0.4, within(1e-5));
        assertThatChoice(model, dialog, "No", "Yes").prefers("Yes").givesAtLeast("Yes", 0.59).givesAtMost("No", 0.41);
        assertFails(() -> assertThatChoice(model, dialog, "No", "Yes").prefers("No"),
                "should prefer \"No\", but prefers \"Yes\"", "<s>[INST] Is it? [/INST]", "0.4000  No", "0.6000  Yes");
        assertFails(() -> assertThatChoice(model, dialog, "No", "Yes").givesAtLeast("Yes", 0.7),
                "at least 0.7000, but has 0.6000");
        assertFails(() -> assertThatChoice(model, dialog, "No", "Yes").givesAtMost("No", 0.1), "at most 0.1000");
        // without an end: P(Yes) is 0.75
        assertThatChoice(model, "Is it [so]", "Yes", "No").givesAtLeast("Yes", 0.7499).givesAtMost("Yes", 0.7501);
    }

    @Test
    void choicesMustBeDifferentTexts() {
        Dialog dialog = Dialog.of(Message.user("Is it?"));
        assertThatThrownBy(() -> assertThatChoice(model, dialog, "Yes")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least two");
        assertThatThrownBy(() -> assertThatChoice(model, dialog, "Yes", "Yes")).hasMessageContaining("\"Yes\"");
        assertThatThrownBy(() -> assertThatChoice(model, dialog, "Yes", " ")).hasMessageContaining("not empty");
        assertThatThrownBy(() -> assertThatChoice(model, dialog, "Yes", "No").prefers("Perhaps"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("none of the choices [Yes, No]");
    }

    @Test
    void closenessIsTheCosineOfTheEmbeddings() {
        // the embedding of this model counts tokens
        assertThatAnswer("xyz").isCloserTo(model, "zyx", "abc").isCloseTo(model, "zyx", 0.999);
        assertFails(() -> assertThatAnswer(answer("xyz")).isCloserTo(model, "abc", "zyx"),
                "closer to \"abc\" than to \"zyx\"", "Seed 42");
        assertFails(() -> assertThatAnswer("xyz").isCloseTo(model, "abc", 0.9), "at least 0.9000, but has 0.4000");
    }

    @Test
    void aQuestionIsAskedWhereItIsGiven() {
        assertThatAnswer(model.chat().user("Is it?").temperature(0)).isExactly("Yes").isComplete()
                .hasPrompt("<s>[INST] Is it? [/INST]");
    }
}
