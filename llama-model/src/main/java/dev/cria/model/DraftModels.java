package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import dev.cria.model.engine.DraftModel;
import dev.cria.model.engine.Engine;
import dev.cria.tokenizer.Vocabulary.Piece;
import java.util.List;

/** Models that guess for others: only those whose tokens are the same. */
final class DraftModels {
    private DraftModels() {}

    /**
     * {@return the model as one that guesses}
     *
     * @param smaller guesses
     * @param file the model that it guesses for
     * @throws CriaException if the tokens are not the same
     * @throws IllegalStateException if it has been closed
     */
    static DraftModel of(LlamaModel smaller, ModelFile file) {
        smaller.lifetime().requireOpen();
        Engine engine = smaller.computed().engine();
        List<Piece> expected = file.tokenizer().vocabulary().pieces();
        List<Piece> found = smaller.tokenizer().vocabulary().pieces();
        if (expected.size() != found.size() || engine.forward().vocabularySize() != file.config().vocabularySize()) {
            throw refused(file, "its vocabulary has " + found.size() + " tokens instead of " + expected.size());
        }
        for (int id = 0; id < expected.size(); id++) {
            if (!expected.get(id).text().equals(found.get(id).text())) {
                throw refused(file, "its token " + id + " is \"" + found.get(id).text() + "\" instead of \""
                        + expected.get(id).text() + "\"");
            }
        }
        return new DraftModel(engine.forward(), smaller.computed().adapters(), engine.limits().kvCacheBytes(),
                System::nanoTime);
    }

    private static CriaException refused(ModelFile file, String difference) {
        return new CriaException(FileFailure.name(file.path()) + ": the draft model cannot guess for it, because "
                + difference + "; take a smaller model with the same vocabulary");
    }
}
