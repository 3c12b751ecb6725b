package dev.cria.model.generation;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How text is generated: a value, to be kept, compared, read from a property file and given to any number of requests
 * and models. What is not set has its default. The meaning of each option is at the method of the same name of
 * {@link dev.cria.model.TextRequest}.
 *
 * <p>Immutable and thread-safe.
 */
public final class GenerationOptions {
    /** No option is set. */
    public static final GenerationOptions DEFAULTS = new GenerationOptions(Map.of());

    private final Map<Option<?>, Object> values;

    private GenerationOptions(Map<Option<?>, Object> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * Reads options as they stand in a property file or in JSON.
     *
     * @param values by name, in either writing: {@code topP} or {@code top-p}
     * @return the options
     * @throws IllegalArgumentException if there is no option of a name, or its value is of another kind or out of range
     */
    public static GenerationOptions of(Map<String, ?> values) {
        GenerationOptions options = DEFAULTS;
        for (Map.Entry<String, ?> entry : values.entrySet()) {
            options = options.reading(named(entry.getKey()), entry.getValue());
        }
        return options;
    }

    private static Option<?> named(String name) {
        return Option.all().stream().filter(option -> option.name().equals(name) || option.propertyName().equals(name))
                .findFirst().orElseThrow(() -> new IllegalArgumentException("there is no option " + name + ", but "
                        + Option.all().stream().map(Option::name).collect(Collectors.joining(", "))));
    }

    private <T> GenerationOptions reading(Option<T> option, Object value) {
        return with(option, option.read(value));
    }

    /**
     * {@return the options that are set, by name, as numbers, texts, lists and maps, which {@link #of} reads}
     */
    public SequencedMap<String, Object> toMap() {
        SequencedMap<String, Object> map = new LinkedHashMap<>();
        Option.all().forEach(option -> put(map, option));
        return Collections.unmodifiableSequencedMap(map);
    }

    private <T> void put(Map<String, Object> map, Option<T> option) {
        set(option).ifPresent(value -> map.put(option.name(), option.plain(value)));
    }

    /**
     * {@return these options with another one}
     *
     * @param <T> its type
     * @param option the option
     * @param value its value
     * @throws IllegalArgumentException if the value is out of range
     */
    public <T> GenerationOptions with(Option<T> option, T value) {
        Objects.requireNonNull(value, () -> option + " must not be null");
        Map<Option<?>, Object> changed = new LinkedHashMap<>(values);
        changed.put(option, option.checked(value));
        return new GenerationOptions(changed);
    }

    /**
     * {@return these options with those that are set in others in their place}
     *
     * @param others the options that go before
     */
    public GenerationOptions overrideWith(GenerationOptions others) {
        Map<Option<?>, Object> changed = new LinkedHashMap<>(values);
        changed.putAll(others.values);
        return new GenerationOptions(changed);
    }

    /**
     * {@return the value of an option, or its default if there is one}
     *
     * @param <T> its type
     * @param option the option
     */
    public <T> Optional<T> find(Option<T> option) {
        return set(option).or(option::defaultOf);
    }

    @SuppressWarnings("unchecked") // put there with its type
    private <T> Optional<T> set(Option<T> option) {
        return Optional.ofNullable((T) values.get(option));
    }

    private <T> T get(Option<T> option) {
        return find(option).orElseThrow();
    }

    /** {@return whether tokens are drawn rather than always the most probable one taken} */
    public boolean isDrawn() {
        return temperature() > 0;
    }

    /** {@return whether tokens that occurred lately become less or more probable} */
    public boolean hasPenalties() {
        return repeatPenalty() != 1 || frequencyPenalty() != 0 || presencePenalty() != 0;
    }

    /** {@return the options that have a bearing on the text, by name, for people and transcripts} */
    public SequencedMap<String, String> described() {
        SequencedMap<String, String> described = new LinkedHashMap<>();
        Option.all().forEach(option -> option.described(this).ifPresent(text -> described.put(option.name(), text)));
        return described;
    }

    /** {@return most tokens to generate} */
    public int maxTokens() {
        return get(Option.MAX_TOKENS);
    }

    /** {@return how freely tokens are chosen} */
    public double temperature() {
        return get(Option.TEMPERATURE);
    }

    /** {@return among how many of the most probable tokens one is chosen; 0 is all} */
    public int topK() {
        return get(Option.TOP_K);
    }

    /** {@return the probability that the considered tokens have together} */
    public double topP() {
        return get(Option.TOP_P);
    }

    /** {@return how probable a token must be, as a part of the most probable one} */
    public double minP() {
        return get(Option.MIN_P);
    }

    /** {@return the probability that the tokens of usual surprise have together} */
    public double typicalP() {
        return get(Option.TYPICAL_P);
    }

    /** {@return by what the logits of tokens that occurred lately are divided} */
    public double repeatPenalty() {
        return get(Option.REPEAT_PENALTY);
    }

    /** {@return by what a logit is lowered for each time a token occurred lately} */
    public double frequencyPenalty() {
        return get(Option.FREQUENCY_PENALTY);
    }

    /** {@return by what a logit is lowered if a token occurred lately} */
    public double presencePenalty() {
        return get(Option.PRESENCE_PENALTY);
    }

    /** {@return how many tokens the penalties look back} */
    public int penaltyWindow() {
        return get(Option.PENALTY_WINDOW);
    }

    /** {@return what is added to the logits of tokens, by their ids} */
    public Map<Integer, Double> logitBias() {
        return get(Option.LOGIT_BIAS);
    }

    /** {@return the seed of the draws, if one is set} */
    public OptionalLong seed() {
        return find(Option.SEED).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /** {@return texts that end the answer} */
    public List<String> stop() {
        return get(Option.STOP);
    }

    /** {@return ids of tokens that end the answer} */
    public Set<Integer> stopTokens() {
        return get(Option.STOP_TOKENS);
    }

    /** {@return the most time it may take, if there is a limit} */
    public Optional<Duration> timeout() {
        return find(Option.TIMEOUT);
    }

    /** {@return how many alternatives are reported with the log-probabilities, if those are asked for} */
    public OptionalInt logprobs() {
        return find(Option.LOGPROBS).map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }

    /** {@return whether keys and values of earlier prompts are used, and its own kept} */
    public boolean prefixReuse() {
        return get(Option.PREFIX_REUSE);
    }

    /** {@return whether the next tokens are guessed from those so far; empty for what the model was loaded with} */
    public Optional<Boolean> promptLookup() {
        return find(Option.PROMPT_LOOKUP);
    }

    /**
     * {@return these options with another value of {@link Option#MAX_TOKENS}}
     *
     * @param count the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withMaxTokens(int count) {
        return with(Option.MAX_TOKENS, count);
    }

    /**
     * {@return these options with another value of {@link Option#TEMPERATURE}}
     *
     * @param value the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withTemperature(double value) {
        return with(Option.TEMPERATURE, value);
    }

    /**
     * {@return these options with another value of {@link Option#TOP_K}}
     *
     * @param count the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withTopK(int count) {
        return with(Option.TOP_K, count);
    }

    /**
     * {@return these options with another value of {@link Option#TOP_P}}
     *
     * @param probability the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withTopP(double probability) {
        return with(Option.TOP_P, probability);
    }

    /**
     * {@return these options with another value of {@link Option#MIN_P}}
     *
     * @param fraction the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withMinP(double fraction) {
        return with(Option.MIN_P, fraction);
    }

    /**
     * {@return these options with another value of {@link Option#TYPICAL_P}}
     *
     * @param probability the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withTypicalP(double probability) {
        return with(Option.TYPICAL_P, probability);
    }

    /**
     * {@return these options with another value of {@link Option#REPEAT_PENALTY}}
     *
     * @param penalty the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withRepeatPenalty(double penalty) {
        return with(Option.REPEAT_PENALTY, penalty);
    }

    /**
     * {@return these options with another value of {@link Option#FREQUENCY_PENALTY}}
     *
     * @param penalty the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withFrequencyPenalty(double penalty) {
        return with(Option.FREQUENCY_PENALTY, penalty);
    }

    /**
     * {@return these options with another value of {@link Option#PRESENCE_PENALTY}}
     *
     * @param penalty the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withPresencePenalty(double penalty) {
        return with(Option.PRESENCE_PENALTY, penalty);
    }

    /**
     * {@return these options with another value of {@link Option#PENALTY_WINDOW}}
     *
     * @param tokens the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withPenaltyWindow(int tokens) {
        return with(Option.PENALTY_WINDOW, tokens);
    }

    /**
     * {@return these options with another value of {@link Option#LOGIT_BIAS}}
     *
     * @param biases the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withLogitBias(Map<Integer, Double> biases) {
        return with(Option.LOGIT_BIAS, Map.copyOf(biases));
    }

    /**
     * {@return these options with another value of {@link Option#SEED}}
     *
     * @param value the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withSeed(long value) {
        return with(Option.SEED, value);
    }

    /**
     * {@return these options with another value of {@link Option#STOP}}
     *
     * @param texts the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withStop(List<String> texts) {
        return with(Option.STOP, List.copyOf(texts));
    }

    /**
     * {@return these options with another value of {@link Option#STOP_TOKENS}}
     *
     * @param ids the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withStopTokens(Set<Integer> ids) {
        return with(Option.STOP_TOKENS, Set.copyOf(ids));
    }

    /**
     * {@return these options with another value of {@link Option#TIMEOUT}}
     *
     * @param limit the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withTimeout(Duration limit) {
        return with(Option.TIMEOUT, limit);
    }

    /**
     * {@return these options with another value of {@link Option#LOGPROBS}}
     *
     * @param top the value
     * @throws IllegalArgumentException if it is out of range
     */
    public GenerationOptions withLogprobs(int top) {
        return with(Option.LOGPROBS, top);
    }

    /**
     * {@return these options with another value of {@link Option#PREFIX_REUSE}}
     *
     * @param on the value
     */
    public GenerationOptions withPrefixReuse(boolean on) {
        return with(Option.PREFIX_REUSE, on);
    }

    /**
     * {@return these options with another value of {@link Option#PROMPT_LOOKUP}}
     *
     * @param on the value
     */
    public GenerationOptions withPromptLookup(boolean on) {
        return with(Option.PROMPT_LOOKUP, on);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GenerationOptions options && values.equals(options.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** {@return the options that are set, for people} */
    @Override
    public String toString() {
        return "GenerationOptions" + toMap();
    }
}
