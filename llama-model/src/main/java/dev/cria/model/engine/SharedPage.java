package dev.cria.model.engine;

import dev.cria.model.transformer.KvPage;
import java.util.Optional;

/** A page and who has a share in it. Of the engine's thread only. */
final class SharedPage {
    final KvPage content;
    /** Sequences and prefixes that need it. */
    int shares = 1;
    /** Positions that were written. */
    int filled;
    /** Who may write the next one; nobody after a sequence has left, until one comes that has read all or is alone. */
    Optional<PooledCache> writer = Optional.empty();

    SharedPage(KvPage content, int filled) {
        this.content = content;
        this.filled = filled;
    }

    /** {@return whether a sequence that has read so many positions of the page may write the next one into it} */
    boolean lets(PooledCache cache, int read) {
        if (shares == 1 || (writer.isEmpty() && filled == read)) {
            writer = Optional.of(cache);
        }
        return writer.filter(current -> current == cache).isPresent();
    }
}
