package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.CriaException;
import dev.cria.model.decoding.Engine;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.sampling.LogProbabilities;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.LoraSet;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/** What a model does once it is loaded, wherever its weights came from: checks prompts, generates, chats and scores. */
final class Inference {
    /** Rows whose logits are wanted at a time: enough to read the weights seldom, few enough to hold 32000 logits each. */
    private static final int SCORED_ROWS = 32;

    private final Engine engine;
    private final ChatTemplate template;
    private final LoraSet adapters;
    private volatile boolean closed;

    Inference(ForwardPass forward, Tokenizer tokenizer, ChatTemplate template) {
        this(forward, tokenizer, template, LoraSet.NONE);
    }

    Inference(ForwardPass forward, Tokenizer tokenizer, ChatTemplate template, LoraSet adapters) {
        this(forward, tokenizer, template, adapters, System::nanoTime);
    }

    Inference(ForwardPass forward, Tokenizer tokenizer, Set<Integer> endTokens, ChatTemplate template,
            LoraSet adapters) {
        this(new Engine(forward, tokenizer, endTokens, System::nanoTime), template, adapters);
    }

    Inference(ForwardPass forward, Tokenizer tokenizer, ChatTemplate template, LoraSet adapters,
            LongSupplier nanoTime) {
        this(new Engine(forward, tokenizer, Set.of(tokenizer.vocabulary().eos()), nanoTime), template, adapters);
    }

    private Inference(Engine engine, ChatTemplate template, LoraSet adapters) {
        this.engine = engine;
        this.template = template;
        this.adapters = adapters;
    }

    /** Refuses everything from now on. What is running is ended by the forward pass, which the caller closes. */
    void close() {
        closed = true;
    }

    Engine engine() {
        return engine;
    }

    /** {@return the adapters that everything has unless it says otherwise} */
    LoraSet adapters() {
        return adapters;
    }

    Engine openEngine() {
        if (closed) {
            throw new IllegalStateException("the model has been closed");
        }
        return engine;
    }

    /** {@return BOS where the vocabulary asks for it, then the text's tokens; BOS alone for the empty text} */
    int[] promptTokens(String text) {
        Vocabulary vocabulary = engine.tokenizer().vocabulary();
        int[] ids = engine.tokenizer().encode(text);
        if (!vocabulary.addBos() && ids.length > 0) {
            return ids;
        }
        int[] prompt = new int[ids.length + 1];
        prompt[0] = vocabulary.bos();
        System.arraycopy(ids, 0, prompt, 1, ids.length);
        return prompt;
    }

    void checkPrompt(int[] tokens) {
        int vocabularySize = engine.forward().vocabularySize();
        if (tokens.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token: begin it with BOS");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabularySize) {
                throw new IllegalArgumentException("token ids are 0 to " + (vocabularySize - 1) + ", but token " + i
                        + " of the prompt is " + tokens[i]);
            }
        }
        int contextLength = engine.forward().contextLength();
        if (tokens.length > contextLength) {
            throw new ContextOverflowException(tokens.length, contextLength);
        }
    }

    Generation generate(String prompt) {
        openEngine();
        return generate(promptTokens(prompt));
    }

    Generation generate(int[] prompt) {
        openEngine();
        checkPrompt(prompt);
        return new Generation(this, prompt.clone(), Optional.empty());
    }

    Generation infill(InfillTokens tokens, String prefix, String suffix) {
        int[] prompt = tokens.prompt(openEngine().tokenizer(), prefix, suffix);
        checkPrompt(prompt);
        return new Generation(this, prompt, Optional.of(tokens));
    }

    Chat chat() {
        return chat(template);
    }

    Chat chat(ChatTemplate other) {
        openEngine();
        return new Chat(this, other);
    }

    Score score(String text) {
        openEngine();
        return score(promptTokens(text));
    }

    Score score(int[] tokens) {
        List<Double> logProbabilities = new ArrayList<>();
        logits(tokens, (position, logits) -> {
            if (position + 1 < tokens.length) {
                logProbabilities.add(new LogProbabilities(logits).of(tokens[position + 1]));
            }
        });
        return new Score(Arrays.stream(tokens).boxed().toList(), logProbabilities);
    }

    Perplexity perplexity(String text, int context, PerplexityListener listener) {
        PerplexityMeasurement measurement = new PerplexityMeasurement(openEngine().forward(), adapters, context);
        Vocabulary vocabulary = engine.tokenizer().vocabulary();
        return measurement.measure(promptTokens(text), vocabulary.addBos(), vocabulary.bos(), listener);
    }

    void logits(int[] tokens, LogitsListener listener) {
        ForwardPass forward = openEngine().forward();
        checkPrompt(tokens);
        int chunk = Math.min(SCORED_ROWS, forward.maximumRows());
        int vocabularySize = forward.vocabularySize();
        float[] rows = new float[Math.min(chunk, tokens.length) * vocabularySize];
        float[] row = new float[vocabularySize];
        KvCache cache = forward.newCache();
        Batch batch = new Batch(chunk);
        Thread runner = Thread.currentThread();
        for (int start = 0; start < tokens.length; start += chunk) {
            batch.clear();
            int end = Math.min(start + chunk, tokens.length);
            for (int position = start; position < end; position++) {
                batch.add(tokens[position], position, cache, true, adapters);
            }
            if (!forward.run(batch, rows, runner::isInterrupted)) {
                throw new CriaException("the thread was interrupted while a text was scored");
            }
            for (int position = start; position < end; position++) {
                System.arraycopy(rows, (position - start) * vocabularySize, row, 0, vocabularySize);
                listener.accept(position, row);
            }
        }
    }
}
