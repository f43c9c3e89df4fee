# win_powershell: a script in a runspace of its own, or in another PowerShell.

function ConvertTo-Plain($Value, [int]$Depth) {
    # An object as JSON can have it, cut off below $Depth
    if ($null -eq $Value) {
        return $null
    }
    if ($Value -is [string] -or $Value -is [bool] -or $Value -is [char]) {
        if ($Value -is [char]) {
            return [string]$Value
        }
        return $Value.psobject.BaseObject
    }
    if ($Value -is [enum]) {
        return @{ Type = $Value.GetType().FullName; String = $Value.ToString(); Value = [long]$Value }
    }
    if ($Value -is [ValueType] -and $Value.GetType().IsPrimitive -or $Value -is [decimal]) {
        return $Value.psobject.BaseObject
    }
    if ($Value -is [DateTime]) {
        return $Value.ToUniversalTime().ToString('o', [Globalization.CultureInfo]::InvariantCulture)
    }
    if ($Value -is [DateTimeOffset]) {
        return $Value.ToString('o', [Globalization.CultureInfo]::InvariantCulture)
    }
    if ($Value -is [type]) {
        $parent = $null
        if ($null -ne $Value.BaseType) { $parent = $Value.BaseType.FullName }
        return @{ Name = $Value.Name; FullName = $Value.FullName; AssemblyQualifiedName = $Value.AssemblyQualifiedName; BaseType = $parent }
    }
    if ($Depth -lt 0) {
        return $Value.ToString()
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $known = @{}
        foreach ($name in @($Value.Keys)) {
            $known[[string]$name] = ConvertTo-Plain $Value[$name] ($Depth - 1)
        }
        return $known
    }
    if ($Value -is [System.Collections.IEnumerable]) {
        $items = New-Object -TypeName System.Collections.ArrayList -ErrorAction Stop
        foreach ($item in $Value) {
            $items.Add((ConvertTo-Plain $item ($Depth - 1))) | Out-Null
        }
        return , $items.ToArray()
    }
    $known = @{}
    foreach ($property in $Value.psobject.Properties) {
        $content = $null
        try {
            $content = $property.Value
        }
        catch {
            # a property that cannot be read has no value
            $content = $null
        }
        $known[$property.Name] = ConvertTo-Plain $content ($Depth - 1)
    }
    return $known
}

function ConvertTo-ErrorEntry($Record) {
    $exception = $Record.Exception
    return @{
        output = ($Record | Out-String -Width 200)
        exception = @{ message = [string]$exception.Message; type = $exception.GetType().FullName; hresult = [int]$exception.HResult
            help_link = $exception.HelpLink; source = $exception.Source }
        category_info = @{ category = $Record.CategoryInfo.Category.ToString(); category_id = [int]$Record.CategoryInfo.Category
            activity = $Record.CategoryInfo.Activity; reason = $Record.CategoryInfo.Reason
            target_name = $Record.CategoryInfo.TargetName; target_type = $Record.CategoryInfo.TargetType }
        fully_qualified_error_id = $Record.FullyQualifiedErrorId
        script_stack_trace = $Record.ScriptStackTrace
    }
}

function Invoke-Script($Task) {
    # Runs $Task.script in a fresh runspace and returns Ansible's fields
    $ansible = New-Object -TypeName psobject -ErrorAction Stop -Property @{
        Changed = $true; Failed = $false; Result = @{}; Diff = @{}; CheckMode = [bool]$Task.check
        Tmpdir = [string]$Task.folder; Verbosity = 0
    }
    $runspace = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace()
    $runspace.Open()
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $runspace
    $stopped = $null
    $output = @()
    try {
        $runspace.SessionStateProxy.SetVariable('Ansible', $ansible)
        $actions = @{ 'silently_continue' = 'SilentlyContinue'; 'continue' = 'Continue'; 'stop' = 'Stop' }
        $runspace.SessionStateProxy.SetVariable('ErrorActionPreference', $actions[[string]$Task.error_action])
        $runspace.SessionStateProxy.SetVariable('ProgressPreference', 'SilentlyContinue')
        if ($Task.chdir) {
            $runspace.SessionStateProxy.Path.SetLocation([string]$Task.chdir) | Out-Null
        }
        $shell.AddScript([string]$Task.script) | Out-Null
        if ($null -ne $Task.parameters) {
            foreach ($name in @($Task.parameters.Keys)) {
                $shell.AddParameter([string]$name, $Task.parameters[$name]) | Out-Null
            }
        }
        if ($Task.check) {
            $shell.AddParameter('WhatIf', $true) | Out-Null
        }
        try {
            $output = @($shell.Invoke())
        }
        catch {
            $stopped = $_.Exception
            if ($null -ne $stopped.InnerException) {
                $stopped = $stopped.InnerException
            }
        }
        $errors = @($shell.Streams.Error | ForEach-Object { ConvertTo-ErrorEntry $_ })
        if ($null -ne $stopped -and $null -ne $stopped.ErrorRecord) {
            $errors += , (ConvertTo-ErrorEntry $stopped.ErrorRecord)
        }
        $depth = [int]$Task.depth
        $known = @{
            changed = [bool]$ansible.Changed
            result = (ConvertTo-Plain $ansible.Result $depth)
            output = @($output | ForEach-Object { , (ConvertTo-Plain $_ $depth) })
            error = @($errors)
            warning = @($shell.Streams.Warning | ForEach-Object { [string]$_.Message })
            verbose = @($shell.Streams.Verbose | ForEach-Object { [string]$_.Message })
            debug = @($shell.Streams.Debug | ForEach-Object { [string]$_.Message })
            information = @($shell.Streams.Information | ForEach-Object {
                    @{ message_data = (ConvertTo-Plain $_.MessageData $depth); source = [string]$_.Source; tags = @($_.Tags)
                        time_generated = $_.TimeGenerated.ToUniversalTime().ToString('o', [Globalization.CultureInfo]::InvariantCulture) }
                })
            host_out = (@($shell.Streams.Information | Where-Object { $_.Tags -contains 'PSHOST' } | ForEach-Object { [string]$_.MessageData }) -join "`n")
            host_err = ''
        }
        if ($ansible.Diff.Count -gt 0) {
            $known['diff'] = ConvertTo-Plain $ansible.Diff $depth
        }
        if ($null -ne $stopped) {
            $known['failed'] = $true
            $known['msg'] = 'the script stopped: ' + $stopped.Message
        }
        elseif ($ansible.Failed) {
            $known['failed'] = $true
            $known['msg'] = 'the script says that it failed'
        }
        return $known
    }
    finally {
        $shell.Dispose()
        $runspace.Dispose()
    }
}

function Invoke-ScriptElsewhere($Arguments, $Task) {
    # The same in another PowerShell: the functions and the task go there in files, the result comes back in one
    $file = [System.IO.Path]::Combine($Context.Folder, 'script.ps1')
    $answer = [System.IO.Path]::Combine($Context.Folder, 'answer.json')
    $question = [System.IO.Path]::Combine($Context.Folder, 'task.xml')
    Export-Clixml -InputObject $Task -LiteralPath $question -Depth 20 -ErrorAction Stop
    $parts = @('ConvertTo-Plain', 'ConvertTo-ErrorEntry', 'Invoke-Script' | ForEach-Object {
            'function ' + $_ + ' {' + (Get-Item -LiteralPath ('function:' + $_) -ErrorAction Stop).Definition + '}'
        })
    $parts += '$task = Import-Clixml -LiteralPath $args[0]'
    $parts += '$json = ConvertTo-Json -InputObject (Invoke-Script $task) -Depth 20 -Compress'
    $parts += '[System.IO.File]::WriteAllText($args[1], $json)'
    [System.IO.File]::WriteAllText($file, ($parts -join "`n"))
    $line = @($Arguments.arguments | Where-Object { $_ } | ForEach-Object { ConvertTo-Word $_ }) -join ' '
    $line += ' -NoProfile -NonInteractive -ExecutionPolicy Bypass -File ' + (ConvertTo-Word $file)
    $line += ' ' + (ConvertTo-Word $question) + ' ' + (ConvertTo-Word $answer)
    $done = Invoke-Program $Arguments.executable $line.Trim() @{}
    if (-not [System.IO.File]::Exists($answer)) {
        Stop-Module ([string]$Arguments.executable + ' gave no answer') @{ rc = $done.rc; stdout = $done.stdout; stderr = $done.stderr }
    }
    $known = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($answer)) -ErrorAction Stop
    return ConvertTo-Plain $known 20
}

function Invoke-Module($Arguments) {
    $empty = @{ changed = $false; result = @{}; output = @(); error = @(); warning = @(); verbose = @(); debug = @()
        information = @(); host_out = ''; host_err = '' }
    if ($Arguments.creates -and (Test-Wildcard $Arguments.creates)) {
        $empty['msg'] = 'skipped, since ' + $Arguments.creates + ' exists'
        return $empty
    }
    if ($Arguments.removes -and -not (Test-Wildcard $Arguments.removes)) {
        $empty['msg'] = 'skipped, since ' + $Arguments.removes + ' does not exist'
        return $empty
    }
    if ($Context.Check -and $Arguments.script -notmatch '(?i)CmdletBinding\s*\([^)]*SupportsShouldProcess') {
        $empty['skipped'] = $true
        $empty['msg'] = 'skipped, running in check mode'
        return $empty
    }
    $task = @{
        script = [string]$Arguments.script; parameters = $Arguments.parameters; chdir = $Arguments.chdir; depth = [int]$Arguments.depth
        error_action = [string]$Arguments.error_action; check = [bool]$Context.Check; folder = [string]$Context.Folder
    }
    if ($Arguments.executable) {
        return Invoke-ScriptElsewhere $Arguments $task
    }
    return Invoke-Script $task
}
