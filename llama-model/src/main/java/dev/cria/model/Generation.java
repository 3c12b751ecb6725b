package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.generation.GenerationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The continuation of a prompt: options, then one ending, as in
 * {@code model.generate("Once upon a time").maxTokens(64).text()}. See {@link TextRequest} for both. A generation
 * may be used several times; each ending starts again from the prompt.
 */
public final class Generation extends TextRequest<Generation> {
    private final AnsweringModel model;
    private final Query query;
    private final Answers.Asked asked;
    private boolean echo;

    Generation(AnsweringModel model, Query query) {
        this(model, query, model.answers().ask(query));
    }

    private Generation(AnsweringModel model, Query query, Answers.Asked asked) {
        super(model);
        this.model = model;
        this.query = query;
        this.asked = asked;
    }

    /**
     * Sets whether the text begins with the prompt's. The continuation then keeps the space before its first word. Stop
     * strings are looked for after the prompt only. Default false.
     *
     * @param on whether the prompt comes first
     * @return this
     * @throws IllegalStateException if the text fills a gap: its prompt is not what comes before it
     */
    public Generation echo(boolean on) {
        if (on && query instanceof Query.Gap) {
            throw new IllegalStateException(
                    "a text that fills a gap cannot echo its prompt, in which both sides of the gap come"
                            + " first: put it between prefix and suffix instead");
        }
        echo = on;
        return this;
    }

    /**
     * Generates several texts for the same prompt at once, each with a seed of its own: the one that is set, or drawn,
     * and those that follow it. The prompt is read once. At a temperature of 0 all are the same.
     *
     * @param count how many, at least 1
     * @return what {@link #result} would return for each seed, in their order
     * @throws IllegalArgumentException if the count is less than 1
     * @throws IllegalStateException if the model has been closed
     * @throws CriaException if a generation fails, or the thread is interrupted, which ends all of them
     */
    public List<GenerationResult> candidates(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("candidates must be at least 1, but was " + count);
        }
        long first = prepare().settings().seed();
        List<CompletableFuture<GenerationResult>> futures = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                Generation each = new Generation(model, query, asked).echo(echo);
                each.copyOptions(this);
                futures.add(each.seed(first + i).async());
            }
            List<GenerationResult> results = new ArrayList<>();
            for (CompletableFuture<GenerationResult> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CriaException("the thread was interrupted while candidates were generated", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException known -> throw known;
                case Error known -> throw known;
                case null, default -> throw new CriaException("a candidate could not be generated", e);
            }
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    @Override
    Generation self() {
        return this;
    }

    @Override
    Prepared prepare() {
        return prepared(echo, echo ? Map.of("echo", "true") : Map.of(), (settings, adapters, reader) -> new OpenRun(
                asked.begin(settings, adapters, reader.ahead()), model.lifetime(), settings.cancellation()));
    }

    @Override
    void makeRoom() {
        // generations do not share anything
    }
}
