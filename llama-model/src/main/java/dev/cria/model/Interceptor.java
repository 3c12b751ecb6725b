package dev.cria.model;

import dev.cria.model.decoding.Request;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import java.util.function.Supplier;

/** Stands between those who ask and the model: may listen, may remember, may answer itself. Thread-safe. */
interface Interceptor {
    /** Leaves everything to the model. */
    Interceptor NONE = new Interceptor() {
        @Override
        public TextRun generate(Request request, Settings settings, Supplier<TextRun> model) {
            return model.get();
        }

        @Override
        public Score score(Request request, Supplier<Score> model) {
            return model.get();
        }

        @Override
        public float[] embed(String text, Pooling pooling, Supplier<float[]> model) {
            return model.get();
        }
    };

    TextRun generate(Request request, Settings settings, Supplier<TextRun> model);

    Score score(Request request, Supplier<Score> model);

    float[] embed(String text, Pooling pooling, Supplier<float[]> model);

    /** {@return an interceptor that asks this one where it would ask the model} */
    default Interceptor behind(Interceptor first) {
        return new Interceptor() {
            @Override
            public TextRun generate(Request request, Settings settings, Supplier<TextRun> model) {
                return first.generate(request, settings, () -> Interceptor.this.generate(request, settings, model));
            }

            @Override
            public Score score(Request request, Supplier<Score> model) {
                return first.score(request, () -> Interceptor.this.score(request, model));
            }

            @Override
            public float[] embed(String text, Pooling pooling, Supplier<float[]> model) {
                return first.embed(text, pooling, () -> Interceptor.this.embed(text, pooling, model));
            }
        };
    }
}
