package dev.cria.model;

import dev.cria.model.decoding.Decoding;
import dev.cria.model.decoding.Engine;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import java.util.List;

/**
 * The continuation of a prompt: options, then one ending, as in {@code model.generate("Once upon a time").maxTokens(64).text()}.
 * See {@link GenerationOptions} for both. A generation may be used several times; each ending starts again from the prompt.
 */
public final class Generation extends GenerationOptions<Generation> {
    private final Inference inference;
    private final int[] prompt;
    private boolean echo;

    Generation(Inference inference, int[] prompt) {
        super(inference);
        this.inference = inference;
        this.prompt = prompt;
    }

    /**
     * Sets whether the text begins with the prompt's. The continuation then keeps the space before its first word. Stop strings
     * are looked for after the prompt only. Default false.
     *
     * @param on whether the prompt comes first
     * @return this
     */
    public Generation echo(boolean on) {
        echo = on;
        return this;
    }

    @Override
    Generation self() {
        return this;
    }

    @Override
    Settings settings() {
        return settings(List.of(), echo);
    }

    @Override
    TextRun start(Settings settings) {
        Engine engine = inference.openEngine();
        return new Decoding(engine, engine.forward().newCache(), prompt, settings);
    }
}
