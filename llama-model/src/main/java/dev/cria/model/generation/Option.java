package dev.cria.model.generation;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One of the options that generations have: its name, the values that it takes, its default and its meaning. This is
 * the only table of them: requests, property files, the command line and transcripts all go by it.
 *
 * @param <T> its type
 */
public final class Option<T> {
    /** More than any context has. */
    private static final int LARGEST_WINDOW = 1 << 24;

    /** How many tokens there may be. */
    public static final Option<Integer> MAX_TOKENS = new Option<>("maxTokens", OptionType.INTEGER,
            new Range<>("0 or more", value -> value >= 0),
            new Default<>(Optional.of(Integer.MAX_VALUE), "until the context is full"),
            Bearing.unless(Integer.MAX_VALUE), "most tokens to generate");

    /** How freely tokens are chosen. */
    public static final Option<Double> TEMPERATURE = new Option<>("temperature", OptionType.NUMBER,
            new Range<>("0 or more", value -> value >= 0 && value < Double.POSITIVE_INFINITY), new Default<>(0.6),
            Bearing.always(), "how freely tokens are chosen; 0 always takes the most probable one");

    /** Among how many tokens one is chosen. */
    public static final Option<Integer> TOP_K = new Option<>("topK", OptionType.INTEGER,
            new Range<>("0 or more", value -> value >= 0), new Default<>(0), Bearing.ofDrawsUnless(0),
            "chooses among so many of the most probable tokens; 0 among all");

    /** Among tokens of which probability one is chosen. */
    public static final Option<Double> TOP_P = new Option<>("topP", OptionType.NUMBER,
            new Range<>("above 0 and at most 1", value -> value > 0 && value <= 1), new Default<>(0.9),
            Bearing.ofDrawsUnless(1.0), "chooses among the most probable tokens that have this probability together");

    /** Which tokens are too improbable. */
    public static final Option<Double> MIN_P = new Option<>("minP", OptionType.NUMBER,
            new Range<>("from 0 to 1", value -> value >= 0 && value <= 1), new Default<>(0.0),
            Bearing.ofDrawsUnless(0.0), "drops tokens less probable than this times the most probable one");

    /** Among which tokens of usual surprise one is chosen. */
    public static final Option<Double> TYPICAL_P = new Option<>("typicalP", OptionType.NUMBER,
            new Range<>("above 0 and at most 1", value -> value > 0 && value <= 1), new Default<>(1.0),
            Bearing.ofDrawsUnless(1.0),
            "chooses among the tokens closest to the expected surprise that have this probability together");

    /** How much less probable a token becomes that occurred lately. */
    public static final Option<Double> REPEAT_PENALTY = new Option<>("repeatPenalty", OptionType.NUMBER,
            new Range<>("above 0", value -> value > 0 && value < Double.POSITIVE_INFINITY), new Default<>(1.0),
            Bearing.unless(1.0), "makes tokens that occurred lately less probable; 1 changes nothing");

    /** How much less probable a token becomes each time. */
    public static final Option<Double> FREQUENCY_PENALTY = new Option<>("frequencyPenalty", OptionType.NUMBER,
            new Range<>("a finite number", Double::isFinite), new Default<>(0.0), Bearing.unless(0.0),
            "lowers the logit of a token by this for each time it occurred lately");

    /** How much less probable a token becomes once. */
    public static final Option<Double> PRESENCE_PENALTY = new Option<>("presencePenalty", OptionType.NUMBER,
            new Range<>("a finite number", Double::isFinite), new Default<>(0.0), Bearing.unless(0.0),
            "lowers the logit of a token by this if it occurred lately");

    /** What "lately" means. */
    public static final Option<Integer> PENALTY_WINDOW = new Option<>("penaltyWindow", OptionType.INTEGER,
            new Range<>("from 0 to " + LARGEST_WINDOW, value -> value >= 0 && value <= LARGEST_WINDOW),
            new Default<>(64), new Bearing<>(Optional.empty(), GenerationOptions::hasPenalties),
            "how many tokens, of prompt and answer, the penalties look back");

    /** What is added to the logits of tokens. */
    public static final Option<Map<Integer, Double>> LOGIT_BIAS = new Option<>("logitBias", OptionType.BIASES,
            new Range<>("finite numbers or minus infinity, of token ids",
                    biases -> biases.entrySet().stream()
                            .allMatch(bias -> bias.getKey() >= 0 && bias.getValue() < Double.POSITIVE_INFINITY)),
            new Default<>(Optional.of(Map.of()), "none"), Bearing.unless(Map.of()),
            "numbers that are added to the logits of tokens; minus infinity forbids one");

    /** What the draws begin with. */
    public static final Option<Long> SEED = new Option<>("seed", OptionType.LONG,
            new Range<>("any whole number", _ -> true), new Default<>(Optional.empty(), "another one each time"),
            Bearing.never(), "the same seed gives the same tokens");

    /** Texts that end the answer. */
    public static final Option<List<String>> STOP = new Option<>("stop", OptionType.TEXTS,
            new Range<>("texts that are not empty, as an empty one would end every text at once",
                    texts -> texts.stream().noneMatch(String::isEmpty)),
            new Default<>(Optional.of(List.of()), "none"), Bearing.unless(List.of()),
            "texts that end the answer, which are left out of it");

    /** Tokens that end the answer. */
    public static final Option<Set<Integer>> STOP_TOKENS = new Option<>("stopTokens", OptionType.TOKENS,
            new Range<>("token ids", ids -> ids.stream().allMatch(id -> id >= 0)),
            new Default<>(Optional.of(Set.of()), "none but EOS"), Bearing.unless(Set.of()),
            "token ids that end the answer, as EOS does");

    /** How long it may take. */
    public static final Option<Duration> TIMEOUT = new Option<>("timeout", OptionType.DURATION,
            new Range<>("more than zero", Duration::isPositive), new Default<>(Optional.empty(), "no limit"),
            Bearing.never(), "most time from the first step of the generation on");

    /** What is reported of each token. */
    public static final Option<Integer> LOGPROBS = new Option<>("logprobs", OptionType.INTEGER,
            new Range<>("0 or more", value -> value >= 0), new Default<>(Optional.empty(), "none"),
            new Bearing<>(Optional.empty(), options -> options.logprobs().isPresent()),
            "reports the log-probability of each token, and of so many others in its place");

    /** Whether it goes on from what others have read. */
    public static final Option<Boolean> PREFIX_REUSE = new Option<>("prefixReuse", OptionType.SWITCH,
            new Range<>("true or false", _ -> true), new Default<>(true), Bearing.never(),
            "uses keys and values of earlier prompts that begin alike, and keeps its own; the text does not depend on it");

    /** Whether the next tokens are guessed from those so far. */
    public static final Option<Boolean> PROMPT_LOOKUP = new Option<>("promptLookup", OptionType.SWITCH,
            new Range<>("true or false", _ -> true), new Default<>(Optional.empty(), "as the model was loaded"),
            Bearing.never(), "guesses what repeats earlier text, to check several tokens at once; the text does not"
                    + " depend on it");

    private static final List<Option<?>> ALL = List.of(TEMPERATURE, TOP_K, TOP_P, MIN_P, TYPICAL_P, REPEAT_PENALTY,
            FREQUENCY_PENALTY, PRESENCE_PENALTY, PENALTY_WINDOW, LOGIT_BIAS, MAX_TOKENS, STOP, STOP_TOKENS, SEED,
            TIMEOUT, LOGPROBS, PREFIX_REUSE, PROMPT_LOOKUP);

    private record Range<T>(String inWords, Predicate<T> contains) {}

    private record Default<T>(Optional<T> value, String inWords) {
        Default(T value) {
            this(Optional.of(value), OptionType.text(value));
        }
    }

    /**
     * When an option has a bearing on the text.
     *
     * @param neutral the value that changes nothing
     * @param counts whether any other does, beside the other options
     */
    private record Bearing<T>(Optional<T> neutral, Predicate<GenerationOptions> counts) {
        static <T> Bearing<T> always() {
            return new Bearing<>(Optional.empty(), _ -> true);
        }

        static <T> Bearing<T> never() {
            return new Bearing<>(Optional.empty(), _ -> false);
        }

        static <T> Bearing<T> unless(T neutral) {
            return new Bearing<>(Optional.of(neutral), _ -> true);
        }

        static <T> Bearing<T> ofDrawsUnless(T neutral) {
            return new Bearing<>(Optional.of(neutral), GenerationOptions::isDrawn);
        }
    }

    private final String name;
    private final OptionType<T> type;
    private final Range<T> range;
    private final Default<T> byDefault;
    private final Bearing<T> bearing;
    private final String description;

    private Option(String name, OptionType<T> type, Range<T> range, Default<T> byDefault, Bearing<T> bearing,
            String description) {
        this.name = name;
        this.type = type;
        this.range = range;
        this.byDefault = byDefault;
        this.bearing = bearing;
        this.description = description;
    }

    /** {@return all options there are, in the order in which they are listed} */
    public static List<Option<?>> all() {
        return ALL;
    }

    /** {@return the name, as the methods have it: {@code topP}} */
    public String name() {
        return name;
    }

    /** {@return the name as property files and the command line have it: {@code top-p}} */
    public String propertyName() {
        return name.replaceAll("(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    /** {@return what kind of value it takes, in words} */
    public String type() {
        return type.inWords();
    }

    /** {@return which values it takes, in words} */
    public String range() {
        return range.inWords;
    }

    /** {@return what holds where it is not set, in words} */
    public String defaultValue() {
        return byDefault.inWords;
    }

    /** {@return what it does, in a few words} */
    public String description() {
        return description;
    }

    /** {@return whether it takes several values} */
    public boolean isRepeatable() {
        return type.isRepeatable();
    }

    /**
     * Reads a value as it stands in a property file, in JSON or on a command line.
     *
     * @param value a number, a text, a list or a map, whichever suits; of a number also its text
     * @return the value
     * @throws IllegalArgumentException if it is of another kind or out of range; the message names the option
     */
    public T read(Object value) {
        return checked(type.read(value).orElseThrow(() -> new IllegalArgumentException(
                name + " must be " + type.inWords() + ", " + range.inWords + ", but was " + value)));
    }

    /** {@return a value as numbers, texts, lists and maps, as {@link #read} takes it} */
    Object plain(T value) {
        return type.plain(value);
    }

    T checked(T value) {
        if (!range.contains.test(value)) {
            throw new IllegalArgumentException(
                    name + " must be " + range.inWords + ", but was " + OptionType.text(value));
        }
        return value;
    }

    Optional<T> defaultOf() {
        return byDefault.value;
    }

    /** {@return the value for people, if it has a bearing on the text} */
    Optional<String> described(GenerationOptions options) {
        Optional<T> value = options.find(this);
        return value.isEmpty() || value.equals(bearing.neutral) || !bearing.counts.test(options)
                ? Optional.empty()
                : value.map(OptionType::text);
    }

    /** {@return the name} */
    @Override
    public String toString() {
        return name;
    }
}
