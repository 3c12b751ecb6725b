package dev.cria.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cria.model.TextRequest;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationOptionsTest {
    @Test
    void everyOptionHasAMethodOfItsNameInRequestsAndOneHere() {
        List<String> ofRequests = Arrays.stream(TextRequest.class.getMethods()).map(Method::getName).toList();
        List<String> ofValues = Arrays.stream(GenerationOptions.class.getMethods()).map(Method::getName).toList();
        assertThat(Option.all()).extracting(Option::name).doesNotHaveDuplicates().allSatisfy(name -> {
            assertThat(ofRequests).contains(name);
            assertThat(ofValues).contains(name, "with" + Character.toUpperCase(name.charAt(0)) + name.substring(1));
        });
    }

    @Test
    void everyOptionIsDescribed() {
        assertThat(Option.all()).allSatisfy(option -> {
            assertThat(option.description()).isNotBlank();
            assertThat(option.range()).isNotBlank();
            assertThat(option.type()).isNotBlank();
            assertThat(option.defaultValue()).isNotBlank();
        });
    }

    @Test
    void whatIsNotSetHasItsDefault() {
        GenerationOptions options = GenerationOptions.DEFAULTS;
        assertThat(options.temperature()).isEqualTo(0.6);
        assertThat(options.topP()).isEqualTo(0.9);
        assertThat(options.penaltyWindow()).isEqualTo(64);
        assertThat(options.maxTokens()).isEqualTo(Integer.MAX_VALUE);
        assertThat(options.seed()).isEmpty();
        assertThat(options.timeout()).isEmpty();
        assertThat(options.logprobs()).isEmpty();
        assertThat(options.toMap()).isEmpty();
        assertThat(options.described()).containsOnly(Map.entry("temperature", "0.6"), Map.entry("topP", "0.9"));
    }

    @Test
    void readsWhatAPropertyFileSays() {
        GenerationOptions options = GenerationOptions.of(Map.of("temperature", "0.2", "top-k", 40, "maxTokens", "7",
                "stop", List.of("a", "b"), "stop-tokens", "5", "timeout", "1500ms", "logit-bias",
                Map.of("13", "-Infinity"), "seed", 4L));
        assertThat(options).isEqualTo(GenerationOptions.DEFAULTS.withTemperature(0.2).withTopK(40).withMaxTokens(7)
                .withStop(List.of("a", "b")).withStopTokens(Set.of(5)).withTimeout(Duration.ofMillis(1500))
                .withLogitBias(Map.of(13, Double.NEGATIVE_INFINITY)).withSeed(4));
    }

    @ParameterizedTest
    @CsvSource({"30s, PT30S", "2m, PT2M", "500ms, PT0.5S", "PT1M30S, PT1M30S"})
    void readsTimesAsPeopleWriteThem(String text, Duration expected) {
        assertThat(GenerationOptions.of(Map.of("timeout", text)).timeout()).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "topQ        | 1     | there is no option topQ, but temperature, topK, topP",
        "temperature | warm  | temperature must be a number, 0 or more, but was warm",
        "temperature | -1    | temperature must be 0 or more, but was -1",
        "top-p       | 0     | topP must be above 0 and at most 1, but was 0",
        "minP        | NaN   | minP must be from 0 to 1, but was NaN",
        "maxTokens   | 1.5   | maxTokens must be a whole number, 0 or more, but was 1.5",
        "penaltyWindow | 16777217 | penaltyWindow must be from 0 to 16777216, but was 16777217",
        "timeout     | soon  | timeout must be a time such as 30s, 500ms or PT1M30S, more than zero, but was soon",
        "timeout     | 0s    | timeout must be more than zero, but was PT0S",
        "stop        | ''    | stop must be texts that are not empty",
        "logitBias   | x     | logitBias must be a map of token ids to numbers"})
    void saysWhatIsWrong(String name, String value, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> GenerationOptions.of(Map.of(name, value)))
                .withMessageStartingWith(message);
    }

    @Test
    void onlyWhatHasABearingOnTheTextIsDescribed() {
        GenerationOptions greedy = GenerationOptions.DEFAULTS.withTemperature(0).withTopK(5).withSeed(3)
                .withTimeout(Duration.ofSeconds(1)).withPenaltyWindow(7);
        assertThat(greedy.described()).containsOnly(Map.entry("temperature", "0"));
        assertThat(greedy.withRepeatPenalty(1.1).described()).containsEntry("penaltyWindow", "7");
        assertThat(greedy.withTemperature(1).described()).containsEntry("topK", "5");
    }

    @Property(tries = 300)
    void whatIsWrittenAsAMapIsReadAgain(@ForAll("options") GenerationOptions options) {
        assertThat(GenerationOptions.of(options.toMap())).isEqualTo(options).hasSameHashCodeAs(options);
    }

    @Property(tries = 300)
    void ofTwoTheOneThatGoesBeforeWinsWhereItIsSet(@ForAll("options") GenerationOptions some,
            @ForAll("options") GenerationOptions others) {
        Map<String, Object> expected = new LinkedHashMap<>(some.toMap());
        expected.putAll(others.toMap());
        assertThat(some.overrideWith(others).toMap()).isEqualTo(expected);
    }

    @Provide
    Arbitrary<GenerationOptions> options() {
        Arbitrary<Map<String, Object>> maps = Arbitraries.maps(
                Arbitraries.of(Option.all().stream().map(Option::name).toList()), Arbitraries.integers().between(1, 99))
                .map(numbers -> {
                    Map<String, Object> values = new LinkedHashMap<>();
                    numbers.forEach((name, number) -> values.put(name, value(name, number)));
                    return values;
                });
        return maps.map(GenerationOptions::of);
    }

    private static Object value(String name, int number) {
        return switch (name) {
            case "topP", "minP", "typicalP" -> number / 100.0;
            case "temperature", "repeatPenalty", "frequencyPenalty", "presencePenalty" -> number / 7.0;
            case "logitBias" -> Map.of(number, number / 3.0);
            case "stop" -> List.of("a" + number, "b");
            case "stopTokens" -> List.of(number, 2 * number);
            case "timeout" -> Duration.ofMillis(number);
            case "prefixReuse", "promptLookup" -> number % 2 == 0;
            default -> number;
        };
    }
}
