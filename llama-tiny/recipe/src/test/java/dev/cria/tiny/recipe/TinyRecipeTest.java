package dev.cria.tiny.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.tokenizer.Tokenizer;
import dev.cria.train.Trainer;
import dev.cria.train.TrainingProgress;
import dev.cria.train.TrainingSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyRecipeTest {
    private static final Tokenizer TOKENIZER = TinyRecipe.tokenizer();
    /** The recipe's batches of a quarter of the size, so that some steps of it take seconds. */
    private static final TrainingSettings SMALL = TinyRecipe.SETTINGS.withBatch(512, 1);

    @TempDir
    private Path directory;

    /** The loss and the norm of the gradient after each step: equal only if every weight was equal before. */
    private static List<List<Double>> course(TrainingSettings settings, int threads, Optional<Path> checkpoint,
            int steps) {
        List<List<Double>> course = new ArrayList<>();
        Trainer.Builder builder = TinyRecipe.trainer(TinyRecipe.CORPUS, TOKENIZER, settings, threads)
                .progress((TrainingProgress progress) -> course.add(List.of(progress.loss(), progress.gradientNorm())));
        checkpoint.ifPresent(file -> builder.checkpoint(file, 1000));
        try (Trainer trainer = builder.build()) {
            trainer.train(steps);
        }
        return course;
    }

    @Test
    void theFirstStepsAreEqualOnOneAndTwoThreadsAndOverAnInterruption() {
        List<List<Double>> one = course(SMALL, 1, Optional.empty(), 12);
        assertThat(course(SMALL, 2, Optional.empty(), 12)).isEqualTo(one);
        Optional<Path> checkpoint = Optional.of(directory.resolve("run.checkpoint"));
        List<List<Double>> resumed = new ArrayList<>(course(SMALL, 2, checkpoint, 5));
        resumed.addAll(course(SMALL, 1, checkpoint, 7));
        assertThat(resumed).isEqualTo(one);
    }

    @Test
    @Tag("slow")
    void theFirstHundredStepsAreEqualOnOneAndTwoThreadsAndOverAnInterruption() {
        List<List<Double>> one = course(TinyRecipe.SETTINGS, 1, Optional.empty(), 100);
        Optional<Path> checkpoint = Optional.of(directory.resolve("run.checkpoint"));
        List<List<Double>> resumed = new ArrayList<>(course(TinyRecipe.SETTINGS, 2, checkpoint, 60));
        resumed.addAll(course(TinyRecipe.SETTINGS, 2, checkpoint, 40));
        assertThat(resumed).isEqualTo(one);
    }
}
