package dev.cria.model.decoding;

import dev.cria.model.engine.Head;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.TokenLogProbability;
import dev.cria.model.generation.TokenLogProbability.Alternative;
import dev.cria.model.sampling.Candidates;
import dev.cria.model.sampling.LogProbabilities;
import dev.cria.model.sampling.RecentTokens;
import dev.cria.model.sampling.Sampler;
import dev.cria.model.transformer.Batch.Output;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/** Chooses the next token, until there is a reason to end that does not need the text. */
final class Generator implements Head {
    /** Something for the reader. */
    sealed interface Step {
        /**
         * A token was chosen.
         *
         * @param id token id
         * @param logProbability its log-probability, if that was asked for
         * @param nanos how long the pass took that made its logits; 0 if another token before it has that already
         */
        record Chosen(int id, Optional<TokenLogProbability> logProbability, long nanos) implements Step {}

        /**
         * No more tokens will be chosen.
         *
         * @param reason why
         * @param nanos how long the pass took after which that was known, unless a token was chosen as well
         */
        record End(FinishReason reason, long nanos) implements Step {}
    }

    /**
     * What a pass chose.
     *
     * @param id token id
     * @param logProbability its log-probability, if that was asked for
     */
    private record Choice(int id, Optional<TokenLogProbability> logProbability) {}

    private static final int AHEAD_OF_STOPS = 2;

    private final int promptLength;
    private final int contextLength;
    private final int vocabularySize;
    private final Settings settings;
    private final Set<Integer> endTokens;
    private final int ahead;
    private final RecentTokens recent;
    private final Sampler sampler;
    private final Queue<Step> steps = new ArrayDeque<>();
    private int generated;
    private long promptNanos;
    private int promptRead;

    /** What was chosen in the pass that is about to end: a token, and those after guesses that came true. */
    private final List<Choice> chosen = new ArrayList<>();

    /** @param ahead most tokens that may be chosen before the reader has taken the first of them */
    Generator(TextModel model, int[] prompt, Settings settings, int ahead) {
        promptLength = prompt.length;
        contextLength = model.engine().forward().contextLength();
        vocabularySize = model.engine().forward().vocabularySize();
        this.settings = settings;
        endTokens = model.endTokens();
        // what follows a stop string was chosen in vain
        this.ahead = settings.options().stop().isEmpty() ? ahead : Math.min(ahead, AHEAD_OF_STOPS);
        recent = RecentTokens.of(settings.options(), vocabularySize);
        Arrays.stream(prompt).forEach(recent::add);
        sampler = Sampler.of(settings.options(), recent, settings.seed());
    }

    /** {@return why no further token is wanted, after so many} */
    Optional<FinishReason> endAfter(int count) {
        if (count >= settings.options().maxTokens()) {
            return Optional.of(FinishReason.MAX_TOKENS);
        }
        return promptLength + count >= contextLength ? Optional.of(FinishReason.CONTEXT_FULL) : Optional.empty();
    }

    @Override
    public Output output(int position, int length) {
        return position == length - 1 ? Output.LOGITS : Output.NONE;
    }

    @Override
    public int guessable() {
        int count = promptLength + generated;
        return Math.min(settings.options().maxTokens() - generated, contextLength - count) - 1;
    }

    @Override
    public void accept(int position, float[] values, int offset, Candidates scratch) {
        int token = sampler.sample(values, offset, scratch);
        chosen.add(new Choice(token, settings.options().logprobs().isPresent()
                ? Optional.of(logProbability(token, new LogProbabilities(values, offset, vocabularySize),
                        settings.options().logprobs().getAsInt(), scratch))
                : Optional.empty()));
        if (!isEnd(token)) {
            recent.add(token);
        }
    }

    private boolean isEnd(int token) {
        return endTokens.contains(token) || settings.options().stopTokens().contains(token);
    }

    private TokenLogProbability logProbability(int token, LogProbabilities probabilities, int top, Candidates scratch) {
        List<Alternative> alternatives = new ArrayList<>();
        if (top > 0) {
            probabilities.largest(top, scratch,
                    (logProbability, id) -> alternatives.add(new Alternative(id, logProbability)));
        }
        return new TokenLogProbability(token, probabilities.of(token), alternatives);
    }

    @Override
    public boolean confirms(int token) {
        return chosen.getLast().id() == token && !isEnd(token);
    }

    @Override
    public Next passed(int read, int length, long nanos) {
        if (generated == 0) {
            promptNanos += nanos;
            promptRead = Math.min(read, promptLength);
        }
        if (read < length) {
            return Next.MORE;
        }
        long passNanos = generated == 0 ? 0 : nanos;
        List<Integer> tokens = new ArrayList<>();
        boolean ends = false;
        for (Choice choice : chosen) {
            ends = take(choice, tokens.isEmpty() ? passNanos : 0);
            if (!isEnd(choice.id())) {
                tokens.add(choice.id());
            }
        }
        chosen.clear();
        return new Next(tokens, ends);
    }

    /** Hands a choice to the reader. {@return whether it was the last} */
    private boolean take(Choice choice, long nanos) {
        if (isEnd(choice.id())) {
            steps.add(new Step.End(FinishReason.STOP_TOKEN, nanos));
            return true;
        }
        generated++;
        steps.add(new Step.Chosen(choice.id(), choice.logProbability(), nanos));
        Optional<FinishReason> end = endAfter(generated);
        end.ifPresent(reason -> steps.add(new Step.End(reason, 0)));
        return end.isPresent();
    }

    @Override
    public int firstOutput(int length) {
        return length - 1;
    }

    @Override
    public int room() {
        return steps.size() < ahead ? Integer.MAX_VALUE : 0;
    }

    @Override
    public boolean hasNews() {
        return !steps.isEmpty();
    }

    @Override
    public boolean isWorthWaking() {
        return 2 * steps.size() >= ahead;
    }

    // what the reader uses, while the engine does not

    /** {@return the next step, if there is one} */
    Optional<Step> take() {
        return Optional.ofNullable(steps.poll());
    }

    /** {@return how long it took to read the prompt} */
    long promptNanos() {
        return promptNanos;
    }

    /** {@return how many tokens of the prompt are read, those that were known before included} */
    int promptRead() {
        return promptRead;
    }
}
