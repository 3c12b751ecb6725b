package dev.cria.train;

import dev.cria.core.WorkerTeam;
import dev.cria.train.network.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** AdamW (Loshchilov and Hutter 2019) with clipping by the norm of all gradients. Not thread-safe. */
final class AdamW {
    /** Elements of a piece of work; pieces do not depend on the number of threads, and so neither does the norm. */
    private static final int PIECE = 1 << 14;

    private final TrainingSettings settings;
    private final WorkerTeam team;
    private final List<State> states;
    private final List<Piece> pieces = new ArrayList<>();
    private final double[] squares;

    /**
     * A parameter and its moments.
     *
     * @param parameter weights and gradient
     * @param mean decaying mean of the gradient
     * @param square decaying mean of its square
     */
    record State(Parameter parameter, float[] mean, float[] square) {}

    private record Piece(State state, int from, int to) {}

    AdamW(TrainingSettings settings, List<Parameter> parameters, WorkerTeam team) {
        this.settings = settings;
        this.team = team;
        states = parameters.stream().map(parameter -> new State(parameter, new float[parameter.values().length],
                new float[parameter.values().length])).toList();
        for (State state : states) {
            int length = state.mean.length;
            for (int from = 0; from < length; from += PIECE) {
                pieces.add(new Piece(state, from, Math.min(length, from + PIECE)));
            }
        }
        squares = new double[pieces.size()];
    }

    List<State> states() {
        return states;
    }

    /** {@return the Euclidean norm of all gradients together} */
    double gradientNorm() {
        team.run(pieces.size(), (index, worker) -> {
            Piece piece = pieces.get(index);
            squares[index] = sumOfSquares(piece.state.parameter.gradient(), piece.from, piece.to);
        });
        return Math.sqrt(Arrays.stream(squares).reduce(0, Double::sum));
    }

    /** Four sums, so that one addition need not wait for the other. */
    private static double sumOfSquares(float[] x, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < to; i++) {
            a += (double) x[i] * x[i];
        }
        return (a + b) + (c + d);
    }

    /**
     * Changes the weights and sets the gradients to zero.
     *
     * @param step which step, from 0
     * @param norm what {@link #gradientNorm} gave
     */
    void step(int step, double norm) {
        double rate = settings.learningRate(step);
        float clip = (float) Math.min(1, settings.gradientClip() / norm);
        // the corrections of both moments for their start at zero, drawn into the rate and epsilon
        double meanCorrection = 1 - StrictMath.pow(settings.beta1(), step + 1);
        double squareCorrection = Math.sqrt(1 - StrictMath.pow(settings.beta2(), step + 1));
        float scaledRate = (float) (rate * squareCorrection / meanCorrection);
        float epsilon = (float) (settings.epsilon() * squareCorrection);
        float beta1 = (float) settings.beta1();
        float beta2 = (float) settings.beta2();
        team.run(pieces.size(), (index, worker) -> {
            Piece piece = pieces.get(index);
            float keep = piece.state.parameter.isNorm() ? 1f : (float) (1 - rate * settings.weightDecay());
            update(piece.state.parameter.values(), piece.state.parameter.gradient(), piece.state.mean,
                    piece.state.square, piece.from, piece.to, clip, beta1, beta2, scaledRate, epsilon, keep);
        });
    }

    /** Sets the gradients to zero. */
    void clearGradients() {
        states.forEach(state -> Arrays.fill(state.parameter.gradient(), 0f));
    }

    private static void update(float[] values, float[] gradient, float[] mean, float[] square, int from, int to,
            float clip, float beta1, float beta2, float rate, float epsilon, float keep) {
        for (int i = from; i < to; i++) {
            float g = gradient[i] * clip;
            float m = beta1 * mean[i] + (1f - beta1) * g;
            float v = beta2 * square[i] + (1f - beta2) * g * g;
            mean[i] = m;
            square[i] = v;
            values[i] = values[i] * keep - rate * m / ((float) Math.sqrt(v) + epsilon);
            gradient[i] = 0f;
        }
    }
}
