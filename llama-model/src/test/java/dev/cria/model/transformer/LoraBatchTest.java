package dev.cria.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.Kernels;
import dev.cria.model.RandomAdapter;
import dev.cria.model.SmallModelFile;
import dev.cria.model.lora.LoraContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraBatchTest {
    private static final int[] TOKENS = new Random(3).ints(38, 3, 260).toArray();

    @TempDir
    private Path folder = Path.of("");

    private TestModel model(int threads) {
        return new TestModel(new SmallModelFile().write(folder.resolve("model.gguf")), Kernels.best(), true, threads);
    }

    @Test
    void everySequenceOfABatchHasItsOwnAdapters() {
        try (TestModel model = model(2)) {
            LoraContent adapter = RandomAdapter.content(model.config, 1, 40, 1);
            LoraContent other = RandomAdapter.content(model.config, 2, 8, 0.5);
            LoraPanels first = model.transformer.prepare(adapter);
            assertThat(model.transformer.prepare(adapter)).isSameAs(first);
            LoraPanels second = model.transformer.prepare(other);
            List<LoraSet> sets = List.of(LoraSet.NONE, LoraSet.NONE.with(first, 1), LoraSet.NONE,
                    LoraSet.NONE.with(first, 0.5f).with(second, 0.25f), LoraSet.NONE.with(second, -1));
            List<float[]> alone = new ArrayList<>();
            for (LoraSet set : sets) {
                alone.add(run(model, List.of(set)).getFirst());
            }
            assertThat(alone.get(0)).isEqualTo(model.logits(TOKENS, 512)).isNotEqualTo(alone.get(1));
            List<float[]> together = run(model, sets);
            for (int i = 0; i < sets.size(); i++) {
                assertThat(together.get(i)).isEqualTo(alone.get(i));
            }
        }
    }

    /** {@return the logits of the same tokens, in one batch, for each set of adapters} */
    private static List<float[]> run(TestModel model, List<LoraSet> sets) {
        Batch batch = new Batch(1);
        for (LoraSet set : sets) {
            KvCache cache = new GrowingCache(model.transformer);
            for (int i = 0; i < TOKENS.length; i++) {
                batch.add(TOKENS[i], i, cache, Batch.Output.LOGITS, set);
            }
        }
        int each = TOKENS.length * model.transformer.vocabularySize();
        float[] logits = model.run(batch);
        List<float[]> split = new ArrayList<>();
        for (int i = 0; i < sets.size(); i++) {
            split.add(Arrays.copyOfRange(logits, i * each, (i + 1) * each));
        }
        return split;
    }

    @Test
    void aSetKeepsEachAdapterOnceInTheOrderInWhichTheyCame() {
        try (TestModel model = model(1)) {
            LoraPanels first = model.transformer.prepare(RandomAdapter.content(model.config, 1, 8, 1));
            LoraPanels second = model.transformer.prepare(RandomAdapter.content(model.config, 2, 8, 1));
            LoraSet set = LoraSet.NONE.with(first, 1).with(second, 2);
            assertThat(set.with(first, 3).entries()).containsExactly(new LoraSet.Entry(first, 3),
                    new LoraSet.Entry(second, 2));
            assertThat(set.with(first, 0).entries()).containsExactly(new LoraSet.Entry(second, 2));
            assertThat(set).isEqualTo(LoraSet.NONE.with(first, 1).with(second, 2))
                    .isNotEqualTo(LoraSet.NONE.with(first, 1));
            assertThat(set.with(first, 0).with(second, 0)).isEqualTo(LoraSet.NONE);
        }
    }
}
