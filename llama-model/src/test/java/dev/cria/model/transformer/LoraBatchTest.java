package dev.cria.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LoraAdapter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

@NeedsFixtures
class LoraBatchTest {
    private static final int[] TOKENS = {1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426,
        338, 401, 396, 267, 337, 410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426, 385, 328, 432, 358, 394, 261};

    @Test
    void everySequenceOfABatchHasItsOwnAdapters(Fixtures fixtures) {
        LoraAdapter adapter = LoraAdapter.load(fixtures.path("lora/adapter.gguf"));
        LoraAdapter same = LoraAdapter.load(fixtures.path("lora/peft"));
        try (TestModel model = new TestModel(fixtures.path("models/stories260K.gguf"), Kernels.best(), true, 2)) {
            LoraPanels first = model.transformer.prepare(adapter);
            assertThat(model.transformer.prepare(adapter)).isSameAs(first);
            LoraPanels second = model.transformer.prepare(same);
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
            KvCache cache = model.transformer.newCache();
            for (int i = 0; i < TOKENS.length; i++) {
                batch.add(TOKENS[i], i, cache, true, set);
            }
        }
        int each = TOKENS.length * model.transformer.vocabularySize();
        float[] logits = new float[sets.size() * each];
        model.transformer.run(batch, logits, () -> false);
        List<float[]> split = new ArrayList<>();
        for (int i = 0; i < sets.size(); i++) {
            split.add(Arrays.copyOfRange(logits, i * each, (i + 1) * each));
        }
        return split;
    }

    @Test
    void aSetKeepsEachAdapterOnceInTheOrderInWhichTheyCame(Fixtures fixtures) {
        LoraAdapter adapter = LoraAdapter.load(fixtures.path("lora/adapter.gguf"));
        try (TestModel model = new TestModel(fixtures.path("models/stories260K.gguf"), Kernels.best(), true, 1)) {
            LoraPanels first = model.transformer.prepare(adapter);
            LoraPanels second = model.transformer.prepare(LoraAdapter.load(fixtures.path("lora/peft")));
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
