package dev.cria.model.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.ModelFile;
import dev.cria.model.SmallModelFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of the same shape are told apart. */
class WeightFingerprintTest {
    @TempDir
    private Path folder = Path.of("");

    private String of(SmallModelFile model) {
        try (ModelFile file = ModelFile.open(model.write(folder.resolve("model.gguf")))) {
            return WeightFingerprint.of(file.config(), file.checkpoint());
        }
    }

    @Test
    void aNameOrAnotherFileIsNoOtherModel() {
        assertThat(of(new SmallModelFile())).hasSize(64).matches("[0-9a-f]+").isEqualTo(of(new SmallModelFile()))
                .isEqualTo(of(new SmallModelFile().name("renamed")));
    }

    @Test
    void oneWeightOfAVectorOrOfASampledRowIsAnotherModel() {
        List<String> fingerprints = new ArrayList<>(List.of(of(new SmallModelFile())));
        for (String tensor : List.of("output_norm.weight", "blk.0.attn_q.weight", "blk.1.ffn_down.weight",
                "blk.1.attn_norm.weight")) {
            SmallModelFile model = new SmallModelFile();
            float[] last = model.weights(tensor).clone();
            last[last.length - 1] += 1;
            fingerprints.add(of(model.vector(tensor, last)));
            SmallModelFile other = new SmallModelFile();
            float[] first = other.weights(tensor).clone();
            first[0] += 1;
            fingerprints.add(of(other.vector(tensor, first)));
        }
        assertThat(fingerprints).doesNotHaveDuplicates();
    }

    @Test
    void anotherSizeThatNoTensorShowsIsAnotherModel() {
        assertThat(of(new SmallModelFile().contextLength(128))).isNotEqualTo(of(new SmallModelFile()));
    }
}
