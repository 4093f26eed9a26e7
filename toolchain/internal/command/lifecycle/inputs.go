// Package lifecycle holds what local and remote commands have in common.
package lifecycle

import "github.com/pulumi/pulumi-go-provider/infer"

// Inputs are the commands for each step of a resource's life.
type Inputs struct {
	Triggers *[]any  `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create   *string `pulumi:"create,optional"`
	Update   *string `pulumi:"update,optional"`
	Delete   *string `pulumi:"delete,optional"`
}

// Annotate describes the properties.
func (i *Inputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Triggers, "Values of any kind. The resource is replaced when one of them changes.")
	a.Describe(&i.Create, "The command to run once, on creation.")
	a.Describe(&i.Update, "The command to run when an input changes; `create`, unless set.")
	a.Describe(&i.Delete, "The command to run on deletion.")
}

// OnUpdate is the command that a change runs, or nil.
func (i *Inputs) OnUpdate() *string {
	if i.Update != nil {
		return i.Update
	}
	return i.Create
}
