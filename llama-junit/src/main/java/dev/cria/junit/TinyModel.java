package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;

/** The model of tests that name none. */
final class TinyModel {
    private TinyModel() {}

    static LlamaModel load() {
        try {
            return (LlamaModel) Class.forName("dev.cria.tiny.TinyLlama").getMethod("load").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new CriaException("the tiny model (dev.cria:llama-tiny) is not on the class path: name a model with"
                    + " @LlamaTest(model = …) or -Dcria.model=PATH", e);
        }
    }
}
