package dev.cria.model.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

@Name("dev.cria.Generation")
@Label("Generation")
@Category("Cria")
@Description("A text was generated")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields
final class GenerationEvent extends Event {
    @Label("Queue Time")
    @Description("How long it waited for its turn")
    @Timespan
    private long queueTime;

    @Label("Prefill Time")
    @Description("How long the prompt was read")
    @Timespan
    private long prefillTime;

    @Label("Decode Time")
    @Description("How long tokens were generated")
    @Timespan
    private long decodeTime;

    @Label("Time to First Token")
    @Timespan
    private long timeToFirstToken;

    @Label("Prompt Tokens")
    @Description("Tokens of the prompt that were read")
    private int promptTokens;

    @Label("Reused Tokens")
    @Description("Tokens of the prompt that had been read before")
    private int reusedTokens;

    @Label("Generated Tokens")
    private int generatedTokens;

    @Label("Drafted Tokens")
    @Description("Tokens that were guessed and checked")
    private int draftedTokens;

    @Label("Accepted Tokens")
    @Description("Guessed tokens that came true")
    private int acceptedTokens;

    @Label("Finish Reason")
    private @Nullable String finishReason;

    static Span<Generated> begun() {
        GenerationEvent event = new GenerationEvent();
        event.begin();
        return event::end;
    }

    private void end(Generated generated) {
        end();
        if (shouldCommit()) {
            queueTime = generated.timings().queued().toNanos();
            prefillTime = generated.timings().promptDuration().toNanos();
            decodeTime = generated.timings().generationDuration().toNanos();
            timeToFirstToken = generated.firstTokenNanos();
            promptTokens = generated.timings().promptTokens();
            reusedTokens = generated.timings().reusedTokens();
            generatedTokens = generated.timings().generatedTokens();
            draftedTokens = generated.timings().draftedTokens();
            acceptedTokens = generated.timings().acceptedTokens();
            finishReason = generated.finish();
            commit();
        }
    }
}
