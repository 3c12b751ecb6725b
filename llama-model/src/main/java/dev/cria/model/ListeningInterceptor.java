package dev.cria.model;

import dev.cria.model.decoding.Request;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.GenerationResult;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Tells of every generation that has ended. */
record ListeningInterceptor(Consumer<? super GenerationResult> listener) implements Interceptor {
    private static final System.Logger LOGGER = System.getLogger(LlamaModel.class.getName());

    @Override
    public TextRun generate(Request request, Settings settings, Supplier<TextRun> model) {
        return new ListenedRun(model.get(), this::tell);
    }

    private void tell(GenerationResult result) {
        try {
            listener.accept(result);
        } catch (Exception e) { // Kotlin's listeners throw checked ones, too
            LOGGER.log(System.Logger.Level.WARNING, "a listener of generations failed", e);
        }
    }

    @Override
    public Score score(Request request, Supplier<Score> model) {
        return model.get();
    }

    @Override
    public float[] embed(String text, Pooling pooling, Supplier<float[]> model) {
        return model.get();
    }
}
