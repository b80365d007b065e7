package main

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"golang.org/x/exp/trace"
)

// eventPrinter writes an event as one line of tab-separated fields, empty ones where there is nothing:
//
//	time kind m p g stack resource resource_id from to reason name value value2 value3 message transition_stack
//
// Times are ns from the first event, whose own time is the field `start` of the first line. Numbers are rounded to
// doubles. A stack is its depth, a colon, and the 32-bit FNV-1a of its frames; nothing when it has no frames.
type eventPrinter struct {
	out     *bufio.Writer
	started bool
	start   trace.Time
	stacks  map[trace.Stack]string
}

func newEventPrinter(out *bufio.Writer) *eventPrinter {
	return &eventPrinter{out: out, stacks: make(map[trace.Stack]string)}
}

type eventLine struct {
	resource, resourceID, from, to, reason, name string
	values                                       [3]string
	message, transitionStack                     string
}

func (p *eventPrinter) print(event *trace.Event) {
	if !p.started {
		p.started = true
		p.start = event.Time()
		fmt.Fprintf(p.out, "start\t%d\n", p.start)
	}
	if event.Kind() == trace.EventSync {
		clear(p.stacks)
	}
	line := p.details(event)
	fields := []string{
		signed(int64(event.Time() - p.start)),
		event.Kind().String(),
		signed(int64(event.Thread())),
		signed(int64(event.Proc())),
		signed(int64(event.Goroutine())),
		p.stack(event.Stack()),
		line.resource, line.resourceID, line.from, line.to,
		escape(line.reason), escape(line.name),
		line.values[0], line.values[1], line.values[2],
		escape(line.message), line.transitionStack,
	}
	for i, field := range fields {
		if i > 0 {
			p.out.WriteByte('\t')
		}
		p.out.WriteString(field)
	}
	p.out.WriteByte('\n')
}

func (p *eventPrinter) details(event *trace.Event) (line eventLine) {
	line.resourceID = signed(-1)
	switch event.Kind() {
	case trace.EventSync:
		line.values[0] = signed(int64(event.Sync().N))
	case trace.EventMetric:
		metric := event.Metric()
		line.name, line.values[0] = metric.Name, number(metric.Value)
	case trace.EventLabel:
		label := event.Label()
		line.name = label.Label
		line.resource, line.resourceID = resource(label.Resource)
	case trace.EventRangeBegin, trace.EventRangeActive, trace.EventRangeEnd:
		scope := event.Range()
		line.name = scope.Name
		line.resource, line.resourceID = resource(scope.Scope)
		if event.Kind() == trace.EventRangeEnd {
			for i, attribute := range event.RangeAttributes() {
				line.values[i] = number(attribute.Value)
			}
		}
	case trace.EventTaskBegin, trace.EventTaskEnd:
		task := event.Task()
		line.name = task.Type
		line.resource, line.resourceID = "Task", taskID(task.ID)
		if task.Parent != trace.NoTask {
			line.values[1] = taskID(task.Parent)
		}
	case trace.EventRegionBegin, trace.EventRegionEnd:
		region := event.Region()
		line.name = region.Type
		line.resource, line.resourceID = "Task", taskID(region.Task)
	case trace.EventLog:
		log := event.Log()
		line.name, line.message = log.Category, log.Message
		line.resource, line.resourceID = "Task", taskID(log.Task)
	case trace.EventStateTransition:
		p.transition(event.StateTransition(), &line)
	case trace.EventExperimental:
		experimental := event.Experimental()
		line.name = experimental.Name
		for i := range experimental.Args {
			line.values[i] = number(experimental.ArgValue(i))
		}
	}
	return line
}

func (p *eventPrinter) transition(transition trace.StateTransition, line *eventLine) {
	line.resource, line.resourceID = resource(transition.Resource)
	line.reason = transition.Reason
	line.transitionStack = p.stack(transition.Stack)
	switch transition.Resource.Kind {
	case trace.ResourceGoroutine:
		from, to := transition.Goroutine()
		line.from, line.to = from.String(), to.String()
	case trace.ResourceProc:
		from, to := transition.Proc()
		line.from, line.to = from.String(), to.String()
	}
}

func (p *eventPrinter) stack(stack trace.Stack) string {
	if stack == trace.NoStack {
		return ""
	}
	if text, known := p.stacks[stack]; known {
		return text
	}
	depth := 0
	hash := fnv.New32a()
	for frame := range stack.Frames() {
		depth++
		fmt.Fprintf(hash, "%s\x00%s\x00%d\x00%x\n", frame.Func, frame.File, frame.Line, frame.PC)
	}
	text := ""
	if depth > 0 {
		text = fmt.Sprintf("%d:%08x", depth, hash.Sum32())
	}
	p.stacks[stack] = text
	return text
}

func resource(id trace.ResourceID) (kind, number string) {
	switch id.Kind {
	case trace.ResourceGoroutine:
		return "Goroutine", signed(int64(id.Goroutine()))
	case trace.ResourceProc:
		return "Proc", signed(int64(id.Proc()))
	case trace.ResourceThread:
		return "Thread", signed(int64(id.Thread()))
	}
	return "", signed(-1)
}

func taskID(id trace.TaskID) string { return unsigned(uint64(id)) }

func signed(value int64) string { return strconv.FormatFloat(float64(value), 'f', -1, 64) }

func unsigned(value uint64) string { return strconv.FormatFloat(float64(value), 'f', -1, 64) }

func number(value trace.Value) string {
	if value.Kind() == trace.ValueString {
		return escape(value.String())
	}
	return unsigned(value.Uint64())
}

var escaper = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r")

func escape(text string) string { return escaper.Replace(text) }
