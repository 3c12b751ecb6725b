package dev.cria.model.session;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.model.config.KvType;
import dev.cria.model.engine.Engine;
import dev.cria.model.engine.KeptPage;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.transformer.LoraSet;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes the chats of a model and what it has kept into files, and reads them. Thread-safe. */
public final class Sessions {
    private final Engine engine;
    private final LoraSet adapters;
    private final GgufModel model;
    private final ActivationType activations;
    private final KvType kvType;
    private @Nullable String fingerprint;

    /**
     * @param engine has the keys and values
     * @param adapters the adapters that everything has unless it says otherwise
     * @param model sizes and tensors, open as long as the engine
     * @param activations how inputs are kept while they are multiplied
     * @param kvType how keys and values are kept
     */
    public Sessions(Engine engine, LoraSet adapters, GgufModel model, ActivationType activations, KvType kvType) {
        this.engine = engine;
        this.adapters = adapters;
        this.model = model;
        this.activations = activations;
        this.kvType = kvType;
    }

    /**
     * Writes a chat, with the keys and values of what it has read as far as they are kept.
     *
     * @param file where; what is there is replaced when the new file is complete
     * @param chat the chat
     * @param own its adapters
     * @throws CriaException if the file cannot be written
     */
    public void saveChat(Path file, Conversation chat, LoraSet own) {
        List<KeptPage> pages = engine.kept(own, chat.tokens());
        file(file).write(origin(own), Optional.of(chat), pages);
    }

    /**
     * Reads a chat, and keeps its keys and values.
     *
     * @param <C> what becomes of it
     * @param file the file
     * @param chat makes something of it; what it throws is thrown, and nothing is kept
     * @return what has become of it
     * @throws CriaException if the file cannot be used
     */
    public <C> C restoreChat(Path file, Function<Conversation, C> chat) {
        SessionFile.Content content = file(file).read(true, origin(adapters));
        C restored = chat.apply(content.chat().orElseThrow());
        keep(content.pages());
        return restored;
    }

    /**
     * Writes all keys and values that are kept of texts with the model's own adapters.
     *
     * @param file where; what is there is replaced when the new file is complete
     * @throws CriaException if the file cannot be written, or the model keeps nothing
     */
    public void savePrefixes(Path file) {
        requireKeeping("saved");
        file(file).write(origin(adapters), Optional.empty(), engine.kept(adapters));
    }

    /**
     * Reads keys and values, and keeps them.
     *
     * @param file the file
     * @throws CriaException if the file cannot be used, or the model keeps nothing
     */
    public void loadPrefixes(Path file) {
        requireKeeping("loaded");
        keep(file(file).read(false, origin(adapters)).pages());
    }

    private void requireKeeping(String done) {
        if (!engine.keepsPrefixes()) {
            throw new CriaException("there are no prefixes to be " + done
                    + ": the model was loaded with prefixReuse(false), so it keeps none");
        }
    }

    private void keep(List<KeptPage> pages) {
        if (!pages.isEmpty()) {
            engine.adopt(adapters, pages);
        }
    }

    private SessionFile file(Path file) {
        return new SessionFile(file, engine.forward(), engine.keepsPrefixes() ? engine.mostPages() : 0);
    }

    private Origin origin(LoraSet set) {
        List<Origin.Adapter> all = set.entries().stream().map(entry -> new Origin.Adapter(entry.panels().name(),
                HexFormat.of().formatHex(entry.panels().digest(Digests.sha256())), Float.toString(entry.scale())))
                .toList();
        return new Origin(model.config().name(), fingerprint(), activations.name(), kvType.name(), all);
    }

    private synchronized String fingerprint() {
        if (fingerprint == null) {
            fingerprint = WeightFingerprint.of(model.config(), model.checkpoint());
        }
        return fingerprint;
    }
}
