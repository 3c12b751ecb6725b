package dev.cria.model.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.cria.Pass")
@Label("Pass")
@Category("Cria")
@Description("A pass through the model, which computes rows of many sequences at once")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields
final class PassEvent extends Event {
    @Label("Rows")
    @Description("Tokens of all sequences")
    private int rows;

    @Label("Sequences")
    private int sequences;

    @Label("Guesses")
    @Description("Rows of guessed tokens")
    private int guesses;

    static Span<PassRows> begun() {
        PassEvent event = new PassEvent();
        event.begin();
        return event::end;
    }

    private void end(PassRows pass) {
        end();
        if (shouldCommit()) {
            rows = pass.rows();
            sequences = pass.sequences();
            guesses = pass.guesses();
            commit();
        }
    }
}
